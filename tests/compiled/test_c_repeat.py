"""A loop in C does what as many calls do, also when it is cut short."""

from __future__ import annotations

import threading

import numpy as np
import pytest

from microtensor.compiled.c import c_repeat, calling
from microtensor.compiled.c.c_repeat import Feed, repeated
from microtensor.compiled.c.toolchain import compiler
from microtensor.compiled.program import Instruction, Program, Unavailable

try:
    compiler()
except Unavailable as reason:
    pytest.skip(str(reason), allow_module_level=True)


def descent(rows=4):
    """One step of ``w -= lr * x``, the loss ``sum(w * w)``; missed as soon as the first input is 99."""
    w, x = np.ones(rows, np.float32), np.full(rows, 0.5, np.float32)
    lr, loss, t = np.array(0.1, np.float32), np.zeros((), np.float32), np.zeros(rows, np.float32)
    bad = np.zeros((), np.bool_)
    p = Program([
        Instruction("ufunc", np.equal, (x[0:1].reshape(()), 99.0), bad),
        Instruction("guard", None, (bad, False), None),
        Instruction("ufunc", np.multiply, (x, lr), t),
        Instruction("ufunc", np.subtract, (w, t), w),
        Instruction("dot", np.dot, (w, w), loss),
    ])  # fmt: skip
    p.made = {id(a): a for a in (loss, t, bad)}
    p.results = [loss]
    [run] = calling.backend(p)
    return run, w, x, lr, loss


def test_steps_in_a_loop_are_steps():
    run, w, *_, loss = descent()
    want = []
    for _ in range(1000):
        run()
        want.append(loss.copy())
    end = w.copy()
    w[...] = 1
    got = repeated(run, 1000, loss)
    np.testing.assert_array_equal(got, want, strict=True)
    np.testing.assert_array_equal(w, end)
    assert repeated(run, 0, loss).shape == (0,)


def test_numbers_and_arguments_are_put_in_place_before_each_step():
    run, w, x, lr, loss = descent()
    rates = np.linspace(0, 1, 50, dtype=np.float32)
    xs = np.random.default_rng(0).normal(size=(50, 4)).astype(np.float32)
    got = repeated(run, 50, loss, [Feed(lr, rates), Feed(x, xs)])
    v, want = np.ones(4, np.float32), []
    for rate, row in zip(rates, xs, strict=True):
        v -= row * rate
        want.append(v @ v)
    np.testing.assert_allclose(got, want, 1e-6)
    np.testing.assert_array_equal(w, v)


def test_rows_of_a_data_set_are_chosen_by_index():
    run, w, x, _, loss = descent()
    data, index = np.arange(9, dtype=np.float32), np.random.default_rng(1).integers(0, 9, (30, 4))
    repeated(run, 30, loss, [Feed(x, data, index)])
    v = np.ones(4, np.float32)
    for rows in index:
        v -= data[rows] * np.float32(0.1)
    np.testing.assert_array_equal(w, v)


def test_a_miss_ends_the_loop_before_its_step():
    run, w, x, _, loss = descent()
    xs = np.zeros((40, 4), np.float32)
    xs[25, 0] = 99
    count = []
    got = repeated(run, 40, loss, [Feed(x, xs)], count.append)
    assert count == [25] == [len(got)]
    assert w.tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize(
    ("feed", "error", "text"),
    [
        (
            lambda x: Feed(x, np.zeros((3, 4), np.float32)),
            ValueError,
            r"\(3, 4\) does not hold 5 times \(4,\)",
        ),
        (lambda x: Feed(x, np.zeros((5, 4))), ValueError, "contiguous arrays of one dtype"),
        (lambda x: Feed(x, np.zeros((4, 5), np.float32).T), ValueError, "contiguous arrays of one dtype"),
        (lambda x: Feed(x, x, np.full((5, 4), 4)), IndexError, "outside of a data set of 4 rows"),
        (lambda x: Feed(x, x, np.full((5, 4), -1)), IndexError, "outside of a data set of 4 rows"),
        (
            lambda x: Feed(x, x, np.zeros((5, 3), np.int64)),
            ValueError,
            r"shape \(5, 3\) do not choose 5 times",
        ),
        (
            lambda x: Feed(x, x, np.zeros((4, 4), np.int64)),
            ValueError,
            r"shape \(4, 4\) do not choose 5 times",
        ),
    ],
)
def test_feeds_that_do_not_fit_are_refused_before_the_first_step(feed, error, text):
    run, w, x, _, loss = descent()
    with pytest.raises(error, match=text):
        repeated(run, 5, loss, [feed(x)])
    assert w.tolist() == [1, 1, 1, 1]


def test_an_interruption_says_how_many_steps_were_done(monkeypatch):
    run, w, _, _, loss = descent()
    clock = iter(range(10**6))

    def interrupted():
        now = next(clock)
        if now == 7:
            raise KeyboardInterrupt
        return now * 1e-9

    monkeypatch.setattr(c_repeat, "perf_counter", interrupted)
    count = []
    with pytest.raises(KeyboardInterrupt):
        repeated(run, 10**6, loss, done=count.append)
    v = np.ones(4, np.float32)
    for _ in range(count[0]):
        v -= np.float32(0.5) * np.float32(0.1)
    assert 0 < count[0] < 10**6
    np.testing.assert_array_equal(w, v)


def test_other_threads_run_meanwhile():
    run, _, _, _, loss = descent(50_000)
    ran = threading.Event()
    thread = threading.Thread(target=ran.set)
    thread.start()
    repeated(run, 200, loss)
    thread.join()
    assert ran.is_set()
