"""The C backend does what NumPy does, bit for bit or within its ulps, or leaves it to NumPy."""

from __future__ import annotations

import gc
import math
import threading
import tracemalloc
import weakref
from itertools import product

import numpy as np
import pytest

from microtensor.compiled.c import calling
from microtensor.compiled.c.toolchain import compiler
from microtensor.compiled.program import Instruction, Number, Program, Unavailable
from microtensor.engine.versions import owner
from microtensor.ops.indexing.getitem import add_at
from microtensor.ops.special.erf_rational import erf_array
from microtensor.random.stream import Stream

try:
    compiler()
except Unavailable as reason:
    pytest.skip(str(reason), allow_module_level=True)

F, D, L, B = np.float32, np.float64, np.int64, np.bool_


class Recorder:
    """Runs instructions with NumPy and keeps them as a program."""

    def __init__(self):
        self.program = Program([])
        self.outside = []

    def array(self, x, dtype=None):
        x = np.array(x, dtype)
        self.outside.append(x)
        return x

    def literal(self, x, dtype):
        x = np.array(x, dtype)
        self.program.literals[id(x)] = x
        return x

    def made(self, shape, dtype):
        x = np.full(shape, 77, dtype)
        self.program.made[id(x)] = x
        return x

    def add(self, kind, function, operands, out, keywords=None, effect=False):
        i = Instruction(kind, function, operands, out, keywords or {}, effect=effect)
        self.program.instructions.append(i)
        interpret(i)
        return out

    def ufunc(self, function, *operands, out=None):
        if out is None:
            with np.errstate(all="ignore"):
                r = np.asarray(function(*operands))
            out = self.made(r.shape, r.dtype)
        return self.add("ufunc", function, operands, out)

    def reduce(self, function, x, axis=None, dtype=None, keepdims=False, **more):
        with np.errstate(all="ignore"):
            r = np.asarray(function.reduce(x, axis, dtype, None, keepdims, **more))
        kinds = {"axis": axis, "dtype": dtype, "keepdims": keepdims, **more}
        return self.add("reduce", function, (x,), self.made(r.shape, r.dtype), kinds)

    def dot(self, a, b, out=None):
        r = np.asarray(np.dot(a, b))
        return self.add("dot", np.dot, (a, b), self.made(r.shape, r.dtype) if out is None else out)

    def copy(self, x, out, **keywords):
        return self.add("copy", None, (x,), out, keywords)

    def gather(self, x, key):
        r = np.asarray(x[key])
        return self.add("gather", None, (x, key), self.made(r.shape, r.dtype))

    def guard(self, x, value):
        self.add("guard", None, (x, value), None)

    def keep(self, *arrays):
        self.program.results += arrays
        return arrays[0]


def interpret(i):
    """One instruction by NumPy, as `KINDS` says."""
    f, a, out, k = i.function, i.operands, i.out, dict(i.keywords)
    with np.errstate(all="ignore"):
        if i.kind in ("ufunc", "into"):
            f(*a, out=out, **k)
        elif i.kind == "reduce":
            f.reduce(a[0], k.pop("axis"), k.pop("dtype"), out, k.pop("keepdims"), **k)
        elif i.kind == "dot":
            out[...] = np.dot(*a)
        elif i.kind == "copy":
            np.copyto(out, a[0], casting="unsafe", **k)
        elif i.kind == "gather":
            out[...] = a[0][a[1]]
        elif i.kind == "scatter":
            out[a[0]] = a[1]
        elif i.kind == "at":
            f.at(out, *a)
        elif i.kind == "function":
            out[...] = f(*a, **k)
        elif i.kind == "call":
            f(*a, **k)
        else:
            assert i.kind == "guard"


def run(parts):
    """All parts; 1 where a run reports a miss."""
    for part in parts:
        if isinstance(part, Instruction):
            interpret(part)
        elif part():
            return 1
    return 0


def left(parts):
    """What is left to NumPy."""
    return [f"{p.kind} {p.name}" for p in parts if isinstance(p, Instruction)]


def checked(r, ulps=0, numpy=(), of=None):
    """Compile the recorded program and run it twice; memory must be what NumPy left there.

    `r` recorded on memory as it was at the end; so it is interpreted once more, from there, and then in C.
    """
    program = r.program
    memory = [*r.outside, *(owner(x) for x in program.results)]
    start = [x.copy() for x in memory]
    results = list(program.results)
    for i in program.instructions:
        interpret(i)
    wanted = [x.copy() for x in memory]
    parts = calling.backend(program)
    assert left(parts) == list(numpy)
    for _ in range(2):
        for x, old in zip(memory, start, strict=True):
            x[...] = old
        assert run(parts) == 0
        for x, want in zip(memory, wanted, strict=True):
            close(x, want, ulps, of)
    assert all(x is y for x, y in zip(program.results, results, strict=True))
    return parts


def close(x, want, ulps, of=None):
    if x.dtype.kind != "f" or not ulps:
        np.testing.assert_array_equal(x, want, strict=True)
        return
    with np.errstate(all="ignore"):
        unit = np.spacing(np.abs(want) if of is None else x.dtype.type(of))
        same = (x == want) | (np.isnan(x) & np.isnan(want)) | (np.abs(x - want) <= ulps * unit)
    assert same.all(), (x[~same][:5], want[~same][:5])


def numbers(shape, dtype=F, seed=0):
    random = np.random.default_rng(seed)
    if dtype == B:
        return random.random(shape) < 0.5
    if np.dtype(dtype).kind in "iu":
        return random.integers(0 if np.dtype(dtype).kind == "u" else -9, 9, shape).astype(dtype)
    return random.normal(size=shape).astype(dtype)


EDGES = [0.0, -0.0, 1.0, -1.0, 0.5, 2.5, -2.5, 3.5, math.inf, -math.inf, math.nan, 1e-42, -1e-42, 3e38, -7.25]
EXACT = "add subtract multiply divide maximum minimum greater less_equal less equal not_equal copysign"
EXACT1 = "negative square reciprocal absolute fabs sqrt floor ceil trunc rint sign isnan isfinite logical_not"
CLOSE1 = {"exp": 3, "expm1": 4, "tanh": 5, "log": 3, "log1p": 3, "sin": 3, "cos": 3, "arctan": 3, "exp2": 3}


@pytest.mark.parametrize("dtype", [F, D])
def test_arithmetic_has_numpys_bits_at_every_edge(dtype):
    r = Recorder()
    x, y = (r.array(a.reshape(-1), dtype) for a in np.meshgrid(EDGES, EDGES))
    for name in EXACT.split():
        r.keep(r.ufunc(getattr(np, name), x, y))
    for name in EXACT1.split():
        r.keep(r.ufunc(getattr(np, name), x))
    checked(r)


@pytest.mark.parametrize("ulps", sorted({*CLOSE1.values()}))
@pytest.mark.parametrize("dtype", [F, D])
def test_functions_are_within_their_ulps_of_numpys(ulps, dtype):
    r = Recorder()
    edges = r.array(EDGES, dtype)
    x = r.array(numbers(190), dtype)
    for name in (n for n, u in CLOSE1.items() if u == ulps):
        r.keep(r.ufunc(getattr(np, name), edges), r.ufunc(getattr(np, name), x))
    checked(r, ulps)


def test_functions_of_the_c_library_are_for_few_elements():
    r = Recorder()
    x = r.array(numbers(1000))
    r.keep(r.ufunc(np.sin, x))
    checked(r, numpy=["ufunc sin"])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int16, np.int32, L])
def test_integers_wrap_as_numpys(dtype):
    r = Recorder()
    limits = np.iinfo(dtype)
    x = r.array([0, 1, limits.max, limits.min, 7, limits.max // 2 + 1], dtype)
    y = r.array([3, limits.max, limits.max, limits.min, 2, 2], dtype)
    for f in (
        np.add,
        np.subtract,
        np.multiply,
        np.maximum,
        np.minimum,
        np.less,
        np.bitwise_xor,
        np.bitwise_and,
    ):
        r.keep(r.ufunc(f, x, y))
    r.keep(r.ufunc(np.negative, x), r.ufunc(np.square, x), r.ufunc(np.invert, x), r.ufunc(np.add, x, 1))
    r.keep(r.ufunc(np.divide, x, 2), r.reduce(np.add, x), r.reduce(np.maximum, x), r.reduce(np.minimum, x))
    checked(r)


def test_truths():
    r = Recorder()
    x, y = r.array([True, True, False, False]), r.array([True, False, True, False])
    for f in (
        np.logical_and,
        np.logical_or,
        np.bitwise_and,
        np.bitwise_or,
        np.add,
        np.multiply,
        np.maximum,
        np.equal,
    ):
        r.keep(r.ufunc(f, x, y))
    r.keep(r.ufunc(np.invert, x), r.ufunc(np.logical_not, x), r.ufunc(np.add, x, 2.5), r.reduce(np.add, x))
    r.keep(r.reduce(np.logical_or, x), r.reduce(np.logical_and, x))
    checked(r)


def test_types_are_promoted_as_numpy_does():
    r = Recorder()
    arrays = [r.array(numbers(6, t, 1)) for t in (F, D, L, np.int32, np.uint8, B)]
    for a in arrays:
        for b in arrays:
            r.keep(r.ufunc(np.add, a, b), r.ufunc(np.less, a, b))
            r.keep(r.ufunc(np.multiply, a, b, out=r.made(6, D)))
        r.keep(r.ufunc(np.multiply, a, 3))
    checked(r)


def test_integers_of_two_signs_are_compared_by_numpy():
    r = Recorder()
    x, y = r.array([-1, 5], L), r.array([1, 2**63], np.uint64)
    r.keep(
        r.ufunc(np.less, x, y), r.ufunc(np.less, r.array([1, 2], np.int8), 300), r.ufunc(np.less, x, 2**70)
    )
    checked(r, numpy=["ufunc less"] * 3)


def test_numpy_does_not_see_what_c_computed_on_the_side():
    """Functions compute all their branches: what overflows in one that is not chosen is nobody's error."""
    r = Recorder()
    x = r.array([1e30, -1e30, 0, math.nan, math.inf] * 9, F)
    for f in (np.exp, np.tanh, np.log1p, np.square):
        r.keep(r.ufunc(f, x))
    parts = calling.backend(r.program)
    with np.errstate(all="raise"):
        assert run(parts) == 0
        assert (np.ones(9, F) + np.ones(9, F) == 2).all()
        assert np.float32(1) / np.float32(3) > 0
        assert np.exp(np.zeros(3)).sum() == 3


def test_a_number_is_as_weak_as_pythons():
    r = Recorder()
    x = r.array([1, 2, 3], F)
    r.keep(r.ufunc(np.add, x, 0.1), r.ufunc(np.multiply, 1e-3, x), r.ufunc(np.add, x, 16777217))
    r.keep(r.ufunc(np.add, x, r.literal(0.1, F)), r.ufunc(np.add, x, np.float32(0.1)))
    checked(r)


def test_a_number_array_is_read_anew():
    r = Recorder()
    x, rate, other = r.array([1, 2, 3], F), r.array(0.5, F), r.array(4.0, F)
    r.program.numbers.append(Number("lr", rate))
    y = r.keep(r.ufunc(np.multiply, r.ufunc(np.multiply, x, rate), other))
    parts = calling.backend(r.program)
    rate[...], other[...] = 2, 3
    assert run(parts) == 0
    assert y.tolist() == [6, 12, 18]


def test_views():
    r = Recorder()
    x, v, w = r.array(numbers((5, 7))), r.array(numbers(7)), r.array(numbers((5, 1)))
    big = r.array(numbers((40, 200)))
    for y in (
        x.T,
        x[::-1],
        x[:, ::-2],
        x[1:4, 2:6],
        np.broadcast_to(v, (3, 5, 7)),
        x[None, :, None],
        x[2],
        x[2, 3:4],
    ):
        r.keep(r.ufunc(np.multiply, y, 3.0), r.ufunc(np.subtract, y, y))
    r.keep(r.ufunc(np.add, x, v), r.ufunc(np.add, x, w), r.ufunc(np.add, v, w), r.ufunc(np.add, x[0, 0], x))
    r.keep(r.ufunc(np.add, big, big[::-1, ::-1]), r.ufunc(np.add, big.T, big.T[::-1]))
    r.ufunc(np.exp2, np.zeros((0, 3), F))
    r.keep(r.ufunc(np.add, np.zeros((0, 3), F), 1.0), r.ufunc(np.add, r.array(2, D), 1.0))
    checked(r)


def test_copies():
    r = Recorder()
    x, mask, n = r.array(numbers((4, 6))), r.array(numbers((4, 6), B)), r.array(numbers(6, L))
    y = r.array(numbers((4, 6), F, 3))
    r.keep(r.copy(x.T, r.made((6, 4), F)), r.copy(x, r.made((4, 6), D)), r.copy(n, r.made((4, 6), F)))
    r.keep(r.copy(mask, r.made((4, 6), F)), r.copy(x, r.made((4, 6), B)), r.copy(0.1, r.made(3, F)))
    r.copy(-math.inf, y, where=mask)
    r.copy(x[0], y[1:3], where=mask[1:3])
    r.keep(r.add("function", np.where, (mask, x, 0.5), r.made((4, 6), F)))
    r.keep(r.add("function", np.where, (mask[0], x, n), r.made((4, 6), D)))
    checked(r)


def test_what_numpy_does_better_is_left_to_it():
    r = Recorder()
    x, h = r.array(numbers(6) * 100), r.array(numbers(6), np.float16)
    z, s = r.array(numbers(6) + 1j), r.array(numbers(6, ">f4"))
    r.keep(r.copy(x, r.made(6, L)), r.ufunc(np.add, h, h), r.ufunc(np.multiply, z, z), r.ufunc(np.add, s, 1))
    packed = np.zeros(6, [("a", "u1"), ("b", "f4")])["b"]
    r.outside.append(owner(packed))
    r.keep(r.ufunc(np.add, packed, packed), r.ufunc(np.floor_divide, x, 2), r.reduce(np.multiply, x))
    assert len(left(calling.backend(r.program))) == len(r.program.instructions)


def test_an_operation_that_overlaps_itself_is_left_to_numpy():
    r = Recorder()
    x = r.array(numbers(9))
    r.ufunc(np.add, x[1:], x[:-1], out=x[1:])
    r.copy(x[::-1], x)
    y = r.array(numbers((3, 3)))
    r.ufunc(np.add, y, y.T, out=y)
    r.ufunc(np.add, y, y, out=y)
    checked(r, numpy=["ufunc add", "copy copy", "ufunc add"])


def test_in_place_operations_share_loops_only_where_order_does_not_matter():
    r = Recorder()
    x = r.array(numbers(50))
    y = r.ufunc(np.exp, x)
    r.ufunc(np.add, y, 1.0, out=y)
    r.ufunc(np.multiply, x, y, out=x)
    z = r.ufunc(np.add, x[1:], x[:-1])
    r.ufunc(np.subtract, x[1:], z, out=x[1:])
    r.ufunc(np.add, x[:-1], z, out=x[:-1])
    r.keep(r.ufunc(np.multiply, z, x[::2][0]))
    checked(r, ulps=64)


def test_memory_under_another_dtype_is_not_a_register():
    r = Recorder()
    x = r.array(numbers(12))
    y = r.ufunc(np.add, x, 1.0)
    bits = r.ufunc(np.bitwise_and, y.view(np.int32), 0x7FFFFF)
    r.ufunc(np.multiply, y, 2.0, out=y)
    r.keep(bits, r.ufunc(np.bitwise_or, y.view(np.int32), bits))
    checked(r)


AXES = [None, 0, 1, 2, (0, 1), (0, 2), (1, 2), (0, 1, 2), -1, ()]


@pytest.mark.parametrize("shape", [(3, 5, 4), (2, 70, 33), (6, 1, 9)])
def test_reductions(shape):
    r = Recorder()
    x = r.array(numbers(shape))
    truth = r.array(numbers(shape, B, 5))
    for axis, keepdims in product(AXES, (False, True)):
        for f in (np.maximum, np.minimum, np.add):
            r.keep(r.reduce(f, x, axis, keepdims=keepdims))
        r.keep(r.reduce(np.add, truth, axis, keepdims=keepdims), r.reduce(np.logical_or, truth, axis))
    for axis in AXES:
        r.keep(r.reduce(np.maximum, x, axis, initial=-np.inf), r.reduce(np.add, x.transpose(2, 0, 1), axis))
    checked(r, ulps=16, of=64)


@pytest.mark.parametrize("widths", [(1, 2, 3, 4), (7, 10, 16), (33, 64)])
def test_sums_of_short_rows(widths):
    """Over tiles of rows, and the rows that are left over."""
    r = Recorder()
    for width in widths:
        short_rows(r, width)
    checked(r, ulps=16, of=1003)


def short_rows(r, width):
    g, x, v = r.array(numbers((1003, width))), r.array(numbers((1003, 3))), r.array(numbers(width))
    w, ones = r.array(numbers((1003, 1))), r.array(np.ones(1003), F)
    y = r.keep(r.ufunc(np.add, r.ufunc(np.multiply, g, v), w))
    r.keep(r.dot(ones, y), r.dot(y.T, x), r.dot(x.T, y), r.dot(r.array(w.T), y), r.reduce(np.add, y, 0))
    thin = r.array(numbers((5, 1003, 2)))
    r.keep(r.reduce(np.add, r.ufunc(np.multiply, thin, thin), 1), r.reduce(np.add, thin, (0, 1)))


def test_a_narrow_layers_gradients_are_one_pass():
    r = Recorder()
    x, g, mask = r.array(numbers((900, 2))), r.array(numbers((900, 4))), r.array(numbers((900, 4), B))
    d = r.ufunc(np.multiply, g, mask)
    r.keep(r.dot(d.T, x), r.dot(r.array(np.ones(900), F), d))
    [run_] = calling.translated(r.program).parts
    assert len(run_.kernels) == 1
    checked(r, ulps=16, of=900)


def test_few_numbers_are_added_in_numpys_order():
    r = Recorder()
    x = r.array(numbers((500, 7)) * 1e3)
    r.keep(r.reduce(np.add, x, 1), r.reduce(np.add, x[0]), r.reduce(np.add, r.array([-0.0, -0.0])))
    parts = checked(r)
    assert np.signbit(r.program.results[2]), parts


def test_a_maximum_is_nan_where_numpys_is():
    r = Recorder()
    x = numbers((33, 40))
    x[3, 7] = x[20, 0] = x[32, 39] = np.nan
    x = r.array(x)
    for axis in (None, 0, 1):
        r.keep(r.reduce(np.maximum, x, axis), r.reduce(np.minimum, x, axis))
    r.keep(r.reduce(np.maximum, r.array(np.full(3000, -np.inf, F))), r.reduce(np.minimum, x[:3]))
    checked(r)


@pytest.mark.parametrize("dtype", [F, D])
def test_a_long_sum_is_as_good_as_numpys(dtype):
    """The error of a million terms is a few ulps of the sum of their sizes' square root."""
    r = Recorder()
    x = r.array(np.random.default_rng(1).uniform(0, 1, 1_000_003), dtype)
    total, ends = r.reduce(np.add, x), r.reduce(np.add, x[:9999].reshape(9, 1111), 1)
    r.keep(total, ends)
    parts = calling.backend(r.program)
    assert run(parts) == 0
    assert abs(float(total) - math.fsum(x)) <= 4 * np.spacing(total)
    for got, row in zip(ends, x[:9999].reshape(9, 1111), strict=True):
        assert abs(float(got) - math.fsum(row)) <= 8 * np.spacing(got)


def test_a_sum_with_infinities():
    r = Recorder()
    x = r.array(numbers(3000))
    x[1700] = np.inf
    y = r.array(x)
    y[5] = -np.inf
    z = r.array(np.full(5000, 3e38, F))
    r.keep(r.reduce(np.add, x), r.reduce(np.add, y), r.reduce(np.add, z))
    checked(r)


SHAPES = [
    ((4, 2), (2, 2)), ((4, 1), (1, 3)), ((2, 900), (900, 4)), ((900, 2), (2, 4)), ((900, 4), (4, 1)),
    ((1, 900), (900, 8)), ((16, 16), (16, 16)), ((20, 30), (30, 25)), ((3, 0), (0, 2)), ((0, 3), (3, 2)),
    ((9,), (9,)), ((5, 9), (9,)), ((9,), (9, 5)), ((700,), (700, 3)), ((3, 700), (700,)), ((5, 17), (17, 18)),
    ((4, 100), (100, 4)), ((64, 64), (64, 64)), ((70, 300), (300, 150)), ((13, 8), (8, 600)),
    ((128, 256), (256, 10)), ((6, 128), (128, 256)), ((37, 40), (40, 33)),
]  # fmt: skip


@pytest.mark.parametrize("dtype", [F, D])
@pytest.mark.parametrize("part", range(3))
def test_products(part, dtype):
    r = Recorder()
    for shapes in sorted(SHAPES, key=lambda s: s[0][-1])[part::3]:
        a, b = (r.array(numbers(s, dtype, k)) for k, s in enumerate(shapes))
        r.keep(r.dot(a, b))
        if a.ndim == b.ndim == 2:
            at, bt = r.array(a.T.copy()).T, r.array(b.T.copy()).T
            r.keep(r.dot(at, b), r.dot(a, bt), r.dot(at, bt))
            wide = r.array(np.zeros((a.shape[0], 2 * b.shape[1]), dtype))
            r.dot(a, b, out=wide[:, ::2])
    checked(r, ulps=16, of=300)


def test_large_products_stay_with_blas():
    r = Recorder()
    a = r.array(numbers((700, 700)))
    r.keep(r.ufunc(np.add, r.dot(a, a), 1.0))
    checked(r, ulps=0, numpy=["dot dot"])


def test_products_of_stacks():
    r = Recorder()
    a, b, c = r.array(numbers((3, 2, 20, 16))), r.array(numbers((2, 16, 24))), r.array(numbers((3, 2, 3, 16)))
    r.keep(r.ufunc(np.matmul, a, b), r.ufunc(np.matmul, c, a.swapaxes(2, 3)), r.ufunc(np.matmul, a[0], b[:1]))
    split = r.array(numbers((2, 6, 3, 8)))
    q = split.swapaxes(1, 2)
    r.keep(r.ufunc(np.matmul, q, q.swapaxes(2, 3)), r.ufunc(np.matmul, q.swapaxes(2, 3), q))
    checked(r, ulps=16, of=4)


def test_products_of_rows():
    r = Recorder()
    a, b = r.array(numbers((6, 4, 20))), r.array(numbers((4, 20), F, 2))
    r.keep(r.ufunc(np.vecdot, a, b))
    checked(r, ulps=16, of=4)


def test_joined_arrays():
    r = Recorder()
    x, y, n = r.array(numbers((3, 4))), r.array(numbers((2, 4))), r.array(numbers((3, 2), L))
    r.keep(r.add("function", np.concatenate, ([x, y],), r.made((5, 4), F)))
    r.keep(r.add("function", np.concatenate, ((x, n),), r.made((3, 6), D), {"axis": -1}))
    r.keep(r.add("function", np.concatenate, ([x.T, x.T[:2]], 0), r.made((6, 3), F)))
    r.keep(r.add("function", np.tile, (x[0, ::2], 5), r.made(10, F)))
    checked(r)


@pytest.mark.parametrize("dtype", [F, D])
def test_powers_and_erf(dtype):
    r = Recorder()
    x = r.array([*EDGES, *numbers(300)], dtype)
    for exponent in (1, 2, 3.0, 4, -1):
        r.keep(r.ufunc(np.power, x, exponent), r.ufunc(np.power, x, r.literal(exponent, dtype)))
    r.keep(r.add("function", erf_array, (x,), r.made(x.shape, dtype)))
    r.keep(r.ufunc(np.power, x, 2.5))
    checked(r, ulps=6, numpy=["ufunc power"])


def test_gather_and_scatter():
    r = Recorder()
    table, rows = r.array(numbers((9, 5))), r.array([[0, 8], [-1, 3], [3, -9]])
    logs, labels = r.array(numbers((6, 4))), r.array([[0], [3], [2], [2], [-1], [1]])
    grid = r.array(np.arange(6)[:, None])
    r.keep(
        r.gather(table, rows),
        r.gather(table, (rows,)),
        r.gather(logs, (grid, labels)),
        r.gather(table.T, rows[:1] % 5),
    )
    back = r.copy(0.0, r.made((6, 4), F))
    r.keep(
        r.add("scatter", None, ((grid, labels), r.ufunc(np.negative, r.gather(logs, (grid, labels)))), back)
    )
    sums = r.copy(0.0, r.made((9, 5), F))
    r.keep(r.add("at", np.add, (rows, r.gather(table, rows)), sums))
    state = r.array(numbers((9, 5)))
    r.add("call", add_at, (state, (rows,), r.gather(table, rows)), state)
    r.add("scatter", None, (rows, 2), r.array(numbers((9, 5))))
    r.add("scatter", None, ((rows, slice(None)), r.array(numbers(5))), r.array(numbers((9, 5))))
    checked(r, ulps=2)


@pytest.mark.parametrize("bad", [9, -10])
def test_an_index_that_lies_outside_is_a_miss_before_anything_is_written(bad):
    r = Recorder()
    table, rows, state = r.array(numbers((9, 5))), r.array([0, 8, 3]), r.array(numbers(3))
    found = r.gather(table, rows)
    r.ufunc(np.add, state, 1.0, out=state)
    r.keep(r.ufunc(np.multiply, found, 2.0))
    [part] = calling.backend(r.program)
    assert part.guards
    assert part() == 0
    before = state.copy()
    rows[1] = bad
    assert part() == 1
    assert (state == before).all()


def test_an_index_that_would_be_looked_at_too_late_is_left_to_numpy():
    r = Recorder()
    table, rows, state = r.array(numbers((9, 5))), r.array([0, 8, 3]), r.array(numbers(3))
    other = r.array([1, 2])
    r.keep(r.gather(table, rows))
    r.ufunc(np.add, state, 1.0, out=state)
    r.keep(r.gather(table, rows), r.gather(table, other))
    r.ufunc(np.add, rows, 0, out=rows)
    r.keep(r.gather(table, rows))
    checked(r, numpy=["gather gather"] * 2)


def test_keys_that_are_not_indices_are_left_to_numpy():
    r = Recorder()
    x, mask = r.array(numbers((4, 5))), r.array(numbers(4, B))
    r.add("scatter", None, (mask, 0.0), x)
    r.add("scatter", None, ((slice(1, 3), r.array([0, 2])), 1.0), x)
    checked(r, numpy=["scatter scatter"] * 2)


@pytest.mark.parametrize(
    ("value", "dtype"),
    [(2.5, F), (math.nan, D), (0.0, F), (True, B), (-7, L), (np.True_, B), (np.int64(5), L)],
)
def test_guards(value, dtype):
    r = Recorder()
    x, state = r.array(value, dtype), r.array(numbers(5))
    held = r.ufunc(np.add, x, x) if dtype != B else r.ufunc(np.logical_not, x)
    r.guard(x, value)
    r.guard(held, held.item())
    r.ufunc(np.add, state, 1.0, out=state)
    [part] = checked(r)
    assert part.guards
    before = state.copy()
    x[...] = -0.0 if value == 0 and dtype == F else x
    assert part() == 0
    assert (state == before + 1).all()
    x[...] = not value if dtype == B else 12
    assert part() == 1
    assert (state == before + 1).all()


def test_what_nobody_looks_at_has_no_memory():
    r = Recorder()
    x = r.array(numbers(100_000))
    y = r.ufunc(np.add, r.ufunc(np.multiply, r.ufunc(np.add, x, 1.0), 2.0), x)
    r.keep(y)
    translation = calling.translated(r.program)
    assert translation.arena == 0
    assert len(translation.memory) == 2
    assert translation.source.count("] = v") == 1


def test_the_program_lets_go_of_what_it_does_not_need():
    """What was captured is as large as all intermediate results together."""
    r = Recorder()
    x = r.array(numbers(100_000))
    y = r.ufunc(np.add, x, 1.0)
    r.keep(r.ufunc(np.multiply, r.ufunc(np.sqrt, y), 2.0))
    gone, program = weakref.ref(y), r.program
    parts = calling.backend(program)
    del y, r
    assert gone() is None
    assert run(parts) == 0
    held = {id(owner(a)): owner(a) for i in program.instructions for a in i.reads()}
    assert sum(a.nbytes for a in held.values()) < 3 * x.nbytes


def test_what_numpy_reads_has_memory():
    r = Recorder()
    x = r.array(numbers(500))
    y = r.ufunc(np.add, x, 1.0)
    z = r.ufunc(np.floor_divide, y, 2.0)
    r.keep(r.ufunc(np.multiply, z, y))
    checked(r, numpy=["ufunc floor_divide"])


def test_a_sum_over_a_chain_shares_its_loops():
    """Softmax over rows: three loop nests, whatever shapes the views have."""
    r = Recorder()
    x = r.array(numbers((8, 16, 32)))
    top = r.reduce(np.maximum, x, -1, keepdims=True)
    e = r.ufunc(np.exp, r.ufunc(np.subtract, x, top))
    total = r.dot(e.reshape(128, 32), r.array(np.ones(32), F))
    r.keep(r.ufunc(np.divide, e, total.reshape(8, 16, 1)))
    [run_] = calling.translated(r.program).parts
    assert [len(k.instructions) for k in run_.kernels] == [1, 3, 1]


def test_softmax_and_normalisation():
    r = Recorder()
    x = r.array(numbers((8, 16, 32)))
    top = r.reduce(np.maximum, x, -1, keepdims=True)
    e = r.ufunc(np.exp, r.ufunc(np.subtract, x, top))
    r.keep(r.ufunc(np.divide, e, r.reduce(np.add, e, -1, keepdims=True)))
    mean = r.ufunc(np.divide, r.reduce(np.add, x, (0, 2), keepdims=True), 256.0)
    off = r.ufunc(np.subtract, x, mean)
    var = r.ufunc(np.divide, r.reduce(np.add, r.ufunc(np.multiply, off, off), (0, 2), keepdims=True), 256.0)
    r.keep(r.ufunc(np.divide, off, r.ufunc(np.sqrt, r.ufunc(np.add, var, 1e-5))))
    checked(r, ulps=32, of=1)


def test_adams_update_is_one_pass():
    r = Recorder()
    w, g, m, v = (r.array(np.abs(numbers(5000, F, k))) for k in range(4))
    rate, scale = r.array(1e-3, F), r.array(0.03, F)
    r.ufunc(np.multiply, m, 0.9, out=m)
    r.ufunc(np.add, m, r.ufunc(np.multiply, g, 0.1), out=m)
    r.ufunc(np.multiply, v, 0.999, out=v)
    t = r.ufunc(np.multiply, g, 0.001)
    r.ufunc(np.add, v, r.ufunc(np.multiply, t, g, out=t), out=v)
    d = r.ufunc(np.add, r.ufunc(np.divide, r.ufunc(np.sqrt, v), scale), 1e-8)
    r.ufunc(np.subtract, w, r.ufunc(np.divide, r.ufunc(np.multiply, m, rate), d), out=w)
    translation_kernels = len(calling.translated(r.program).parts[0].kernels)
    assert translation_kernels == 1
    checked(r)


def test_equal_loops_are_one_function():
    r = Recorder()
    for k in range(70):
        x = r.array(numbers(100, F, k))
        r.ufunc(np.add, r.ufunc(np.multiply, x, x), 1.0, out=x)
    source = calling.translated(r.program).source
    assert source.count("static __attribute__((noinline)) void k") == 1
    checked(r)


def test_no_text_of_the_users_is_in_the_source():
    r = Recorder()
    x = r.array(numbers(5))
    r.keep(r.ufunc(np.add, x, 1.0))
    r.program.names[id(x)] = "*/ system(0); /*"
    r.program.instructions[0].line = "secret.py:1: */"
    source = calling.translated(r.program).source
    assert "secret" not in source
    assert "system" not in source


def test_a_run_allocates_nothing_and_all_is_freed_without_the_collector():
    r = Recorder()
    x = r.array(numbers(50_000))
    r.keep(r.ufunc(np.add, r.reduce(np.add, r.ufunc(np.multiply, x, x)), 1.0))
    memory = weakref.ref(x)
    parts = calling.backend(r.program)
    run(parts)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            run(parts)
        assert tracemalloc.get_traced_memory()[0] - before < 500
    finally:
        tracemalloc.stop()
    gc.disable()
    try:
        del r, x, parts
        assert memory() is None
    finally:
        gc.enable()


class Drawn:
    """What a capture records for a draw."""

    def __init__(self, stream, name):
        self.stream, self.__name__ = stream, name

    def __call__(self, *args):
        return getattr(self.stream, self.__name__)(*args)


def test_draws_are_the_streams_own():
    r, stream = Recorder(), Stream(3)
    x = r.array(numbers(1000))

    def drawn(name, dtype, *args):
        return r.add("function", Drawn(stream, name), args, r.made(1000, dtype), effect=True)

    r.keep(r.ufunc(np.multiply, x, drawn("bernoulli", B, 1000, 0.7)))
    r.keep(
        drawn("uniform", F, 1000),
        drawn("uniform", D, 1000, D),
        drawn("bernoulli", B, 1000),
        drawn("normal", F, 1000),
    )
    state = stream.get_state()
    for i in r.program.instructions:
        interpret(i)
    wanted, after = [x.copy() for x in r.program.results], stream.get_state()
    parts = calling.backend(r.program)
    assert left(parts) == ["function normal"]
    stream.set_state(state)
    assert run(parts) == 0
    for got, want in zip(r.program.results, wanted, strict=True):
        np.testing.assert_array_equal(got, want, strict=True)
    assert np.array_equal(stream.get_state(), after)


def test_a_run_that_draws_waits_for_other_threads():
    r, stream = Recorder(), Stream(3)
    r.keep(r.add("function", Drawn(stream, "bernoulli"), (9, 0.5), r.made(9, B), effect=True))
    [part] = calling.backend(r.program)
    with stream._bits.lock:
        thread = threading.Thread(target=part)
        thread.start()
        thread.join(0.05)
        assert thread.is_alive()
    thread.join()


def test_no_compiler_is_said(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    r = Recorder()
    r.keep(r.ufunc(np.add, r.array([1.0]), 1.0))
    with pytest.raises(Unavailable, match="'no-such-compiler', is not there"):
        calling.backend(r.program)


def drawn(random, r):
    """A program of some 40 instructions: elementwise, views, in place, reductions, products, copies."""
    shapes = [(6, 8), (8,), (6, 1), (48,), (6, 2, 4), ()]
    pool = [r.array(np.abs(random.normal(size=s)) + 0.5, F) for s in shapes * 2]
    for _ in range(40):
        x, y = (pool[random.integers(len(pool))] for _ in range(2))
        kind = random.integers(12)
        try:
            fits = np.broadcast_shapes(x.shape, y.shape)
        except ValueError:
            fits = None
        if kind < 3 and fits is not None:
            f = (np.add, np.multiply, np.subtract, np.maximum, np.divide)[random.integers(5)]
            pool.append(r.ufunc(f, x, y))
        elif kind == 3:
            pool.append(
                r.ufunc(
                    (np.sqrt, np.tanh, np.negative, np.square)[random.integers(4)], r.ufunc(np.absolute, x)
                )
            )
        elif kind == 4 and fits == x.shape:
            r.ufunc(np.minimum, x, y, out=x)
        elif kind == 5 and x.ndim:
            axis = int(random.integers(x.ndim))
            f = (np.add, np.maximum)[random.integers(2)]
            pool.append(r.reduce(f, x, axis, keepdims=bool(random.integers(2))))
        elif kind == 6 and x.ndim == 2:
            pool.append((x.T, x[::-1], x[:, 1:], x.reshape(-1))[random.integers(4)])
        elif kind == 7 and x.ndim and fits == x.shape:
            r.copy(y, x)
        elif kind == 8 and fits == x.shape:
            r.copy(y, x, where=r.ufunc(np.greater, x, 1.0))
        elif (
            kind == 9
            and x.ndim == 2
            and y.ndim in (1, 2)
            and x.shape[1] == y.shape[0]
            and 0 not in x.shape + y.shape
        ):
            pool.append(r.ufunc(np.tanh, r.dot(x, y)))
        elif kind == 10 and x.ndim:
            r.ufunc(np.multiply, x[:1], 0.5, out=x[:1])
        elif kind == 11 and x.ndim and x.shape[0] > 1:
            pool.append(r.ufunc(np.add, x[1:], x[:-1]))
    r.keep(*(x for x in pool if random.random() < 0.3 or id(owner(x)) not in r.program.made))


@pytest.mark.parametrize("seed", range(16))
def test_random_programs(seed):
    """From the same start every array ends where NumPy leaves it, to some ulps of what went through it."""
    random = np.random.default_rng(seed)
    r = Recorder()
    with np.errstate(all="ignore"):
        drawn(random, r)
        memory = [*r.outside, *(owner(x) for x in r.program.results)]
        for x in r.outside:
            x[...] = np.abs(random.normal(size=x.shape)) + 0.5
        start = [x.copy() for x in memory]
        for i in r.program.instructions:
            interpret(i)
        wanted = [x.copy() for x in memory]
    parts = calling.backend(r.program)
    for x, old in zip(memory, start, strict=True):
        x[...] = old
    assert run(parts) == 0
    for x, want in zip(memory, wanted, strict=True):
        sized = np.isfinite(want) & (np.abs(want) < 1e6)
        np.testing.assert_allclose(x[sized], want[sized], 2e-4, 2e-4)


def test_a_thread_compiles():
    r = Recorder()
    x = r.array(numbers(7))
    y = r.keep(r.ufunc(np.add, x, 41.0))
    pending = calling.Pending(r.program)
    parts = pending.wait()
    assert pending.ready() is parts
    assert "run0" in pending.source
    y[...] = 0
    assert run(parts) == 0
    assert (y == x + np.float32(41)).all()


def test_a_thread_that_finds_no_compiler_says_so(monkeypatch):
    monkeypatch.setenv("CC", "no-such-compiler")
    r = Recorder()
    r.keep(r.ufunc(np.add, r.array([1.0]), 1.0))
    pending = calling.Pending(r.program)
    with pytest.raises(Unavailable, match="is not there"):
        pending.wait()
    with pytest.raises(Unavailable, match="is not there"):
        pending.ready()
