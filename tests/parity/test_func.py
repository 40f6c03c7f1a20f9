"""The transforms of ``torch.func`` here and there: one table of programs, the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

import microtensor as mt  # noqa: E402
from microtensor import func  # noqa: E402
from microtensor.testing import assert_close  # noqa: E402

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Attempted to insert a get_attr Node:UserWarning"),
]
"""PyTorch's forward mode and linearize warn about parts of PyTorch itself."""

RNG = np.random.default_rng(0)
X, Y, W, V = (
    RNG.normal(size=(5, 4)),
    RNG.normal(size=(5, 4)),
    RNG.normal(size=(3, 4)) * 0.5,
    RNG.normal(size=4),
)
B, ROWS, LABELS = RNG.normal(size=(2, 5, 4)), np.array([[0, 2], [4, 4], [1, 0]]), np.array([0, 2, 1, 1, 0])
NAMES = {"x": X, "y": Y, "w": W, "v": V, "b": B, "rows": ROWS, "labels": LABELS}

PROGRAMS = {
    "mapped product": "vmap(t.dot)(x, y)",
    "in_dims": "vmap(lambda a, b: a @ b, in_dims=(None, 1))(w, x.T)",
    "negative in_dims": "vmap(t.dot, in_dims=(-2, -2))(x, y)",
    "out_dims": "vmap(lambda a: (a, a.sum()), out_dims=(1, 0))(x)",
    "negative out_dims": "vmap(lambda a: a.outer(a), out_dims=-1)(x)",
    "nested": "vmap(vmap(lambda a, c: a * c, (None, 0)), (0, None))(x, y)",
    "tree": "vmap(lambda d: {'s': d['a'] + d['b'][0]}, ({'a': 0, 'b': (1,)},))({'a': x, 'b': (y.T,)})",
    "kwargs": "vmap(lambda a, k: a * k.sum())(x, k=v)",
    "chunks": "vmap(lambda a: a.cumsum(0), chunk_size=2)(x)",
    "promotion": "vmap(lambda a, n: a * n / 2)(x.float(), t.arange(5))",
    "number of an example": "vmap(lambda a: (a + t.ones(4, dtype=t.float32)))(v)",
    "reductions": "vmap(lambda a: (a.mean(), a.amax(), a.var(), a.logsumexp(0), a.argmax(), a.max(0)[0]))(x)",
    "keepdim": "vmap(lambda a: a.sum((0, -1), keepdim=True))(b)",
    "softmax": "vmap(lambda a: t.softmax(a, -1) * t.log_softmax(a, 0))(b)",
    "shapes": "vmap(lambda a: a.view(2, 2).T.unsqueeze(-1).expand(2, 2, 3).reshape(-1, 2).flip(0))(x)",
    "views": "vmap(lambda a: a[1:, ::2].movedim(0, 1)[0] * 2 + a.narrow(0, 1, 4).select(1, 0))(b)",
    "diagonals": "vmap(lambda a: a.diagonal(1) + a.T.diagonal(-1))(b)",
    "joining": "vmap(lambda a: t.cat([t.stack([a, v], 1), t.stack([v, a], 1)]))(x)",
    "choice": "vmap(lambda a: t.where(a > 0, a, v))(x)",
    "triangles": "vmap(lambda a: a.tril() + a.triu(1))(b)",
    "products": "vmap(lambda a: (w @ a, a @ a, a.outer(v).mm(w.T), a @ w.T))(x)",
    "batched products": "vmap(lambda a: t.matmul(a, w.T) + t.bmm(a.unsqueeze(0), w.T.unsqueeze(0))[0])(b)",
    "rows of a table": "vmap(lambda i: x[i])(rows)",
    "gather": "vmap(lambda a, i: a.gather(0, i))(x[:3], rows % 4)",
    "in place": "vmap(lambda a: a.clone().mul_(2).add_(v).exp_())(x)",
    "written part": "vmap(part)(x)",
    "losses": "vmap(lambda a, c: (F.mse_loss(a, c), F.smooth_l1_loss(a, c), F.huber_loss(a, c)))(x, y)",
    "probabilities": "vmap(lambda a, c: F.binary_cross_entropy(a.sigmoid(), c.sigmoid()))(x, y)",
    "labels": "vmap(lambda a, l: F.cross_entropy(a.unsqueeze(0), l.unsqueeze(0)))(x, labels)",
    "labels, one": "vmap(lambda a, l: F.cross_entropy(a, l, weight=v.abs()))(x, labels)",
    "layer norm": "vmap(lambda a: F.layer_norm(a, (4,)))(b)",
    "linear": "vmap(F.linear, (0, None))(x, w)",
    "linear, weights mapped": "vmap(F.linear, (None, 0, 0))(x, t.stack([w, -w]), t.stack([v[:3], v[1:]]))",
    "grad": "grad(lambda a: (a.sin() * a).sum())(v)",
    "grad argnums": "grad(lambda a, c: (a.sin() * c).sum(), argnums=(1, -2))(v, x[0])",
    "grad of a tree": "grad(lambda d: (d['a'] * d['c'][0]).sum())({'a': v, 'c': [x[0]]})",
    "grad has_aux": "grad(lambda a: (a.sum(), a * 2), has_aux=True)(v)",
    "grad_and_value": "grad_and_value(lambda a: (a ** 3).sum())(v)",
    "third derivative": "grad(grad(grad(t.sin)))(v[0])",
    "unused": "grad(lambda a: t.ones((), dtype=t.float64))(v)",
    "vjp": "vjp(lambda a: t.tanh(w @ a), v)[1](v[:3])",
    "vjp several": "vjp(lambda a, c: (a * c, a.sum()), v, x[0])[1]((x[1], v[0]))",
    "jvp": "jvp(lambda a: t.tanh(w @ a), (v,), (x[0],))",
    "jvp of a grad": "jvp(grad(lambda a: (a ** 3).sum()), (v,), (x[0],))",
    "jvp of a constant": "jvp(lambda a: t.ones(2), (v,), (x[0],))",
    "linearize": "linearize(lambda a: t.tanh(w @ a), v)[1](x[0])",
    "jacrev": "jacrev(lambda a: t.tanh(w @ a))(v)",
    "jacrev chunks": "jacrev(lambda a: t.tanh(w @ a), chunk_size=2)(v)",
    "jacrev of a tree": "jacrev(lambda a, d: {'k': w @ a * d['m']}, argnums=(0, 1))(v, {'m': v[:3]})",
    "jacrev has_aux": "jacrev(lambda a: (a * 2, a.sum()), has_aux=True)(v)",
    "jacrev of a matrix": "jacrev(lambda m: (m @ m.T).sum(0))(w)",
    "jacfwd": "jacfwd(lambda a: t.tanh(w @ a))(v)",
    "jacfwd of a matrix": "jacfwd(lambda m: m @ m.T)(w)",
    "jacfwd of a constant": "jacfwd(lambda a: t.ones(2))(v)",
    "hessian": "hessian(lambda a: t.tanh(w @ a).prod())(v)",
    "hessian argnums": "hessian(lambda a, c: (a * c).sin().sum(), argnums=(0, 1))(v, x[0])",
    "gradients of examples": "vmap(grad(lambda m, a: t.tanh(m @ a).sum()), (None, 0))(w, x)",
    "gradient of a batch": "grad(lambda m: vmap(lambda a: t.tanh(m @ a).sum())(x).sum())(w)",
    "Jacobians of examples": "vmap(jacrev(lambda a: t.tanh(w @ a)))(x)",
    "forward Jacobians of examples": "vmap(jacfwd(lambda a: t.tanh(w @ a)))(x)",
    "Jacobian of a batch": "jacfwd(lambda m: vmap(lambda a: m @ a)(x))(w)",
    "Hessians of examples": "vmap(hessian(lambda a: t.tanh(w @ a).sum()))(x)",
    "rows by hand": "vmap(vjp(lambda a: t.tanh(w @ a), v)[1])(t.eye(3, dtype=t.float64))",
    "columns by hand": "vmap(lambda u: jvp(lambda a: (w @ a).sin(), (v,), (u,))[1], 0, 1)(t.eye(4).double())",
    "vjps of examples": "vmap(lambda a, c: vjp(lambda u: u.sin() * c, a)[1](c))(x, y)",
    "jvps of examples": "vmap(lambda a, c: jvp(lambda u: u.sin() * u.sum(), (a,), (c,)))(x, y)",
    "two maps of gradients": "vmap(vmap(grad(lambda a, c: (a * c).sin().sum()), (None, 0)), (0, None))(x, y)",
    "gradient of gradients": "grad(lambda a: (vmap(grad(lambda u: (u ** 3).sum()))(a) ** 2).sum())(x)",
    "captured": "vmap(lambda a: grad(lambda u: (u * a).sin().sum())(v))(x)",
    "maps within a map": "vmap(lambda a: vmap(lambda c: t.stack([a * c, c, a]).sum(1))(y))(x)",
}  # fmt: skip
"""Expressions in both libraries' words: `t` is the library, `F` its functional, the rest ``func``."""


def scope(library: Any, make: Any) -> dict[str, Any]:
    functions = {name: getattr(library.func, name) for name in func.__all__}

    def part(a: Any) -> Any:
        out = a.clone()
        out[0] = a.sum()
        out[1:] *= a[1:]
        return out

    return {
        **{k: make(a) for k, a in NAMES.items()},
        **functions,
        "t": library,
        "F": library.nn.functional,
        "part": part,
    }


OURS, THEIRS = scope(mt, mt.tensor), scope(torch, torch.tensor)


def leaves(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [leaf for key in tree for leaf in leaves(tree[key])]
    return [leaf for part in tree for leaf in leaves(part)] if isinstance(tree, (tuple, list)) else [tree]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_gives_the_same_numbers(name: str) -> None:
    found, expected = (leaves(eval(PROGRAMS[name], names)) for names in (OURS, THEIRS))
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        assert tuple(a.shape) == tuple(b.shape)
        assert str(a.dtype) == str(b.dtype)
        assert a.requires_grad == b.requires_grad
        assert_close(a, b.numpy(), rtol=1e-6 if a.dtype == mt.float32 else 1e-9, atol=1e-10)


REFUSED = [
    "vmap(lambda a, c: a * c)(x, 3)",
    "vmap(lambda: x)()",
    "vmap(t.sin, in_dims=None)(x)",
    "vmap(t.sin, in_dims=[0])(x)",
    "vmap(t.mul, in_dims=(0,))(x, y)",
    "vmap(t.mul)(x, v)",
    "vmap(t.sin, in_dims=3)(x)",
    "vmap(t.sin)(v[0])",
    "vmap(lambda a: 3.0)(x)",
    "vmap(lambda a: a, out_dims=None)(x)",
    "vmap(lambda a: a, out_dims=4)(x)",
    "vmap(lambda a: (a, a), out_dims=(0,))(x)",
    "vmap(t.sin, chunk_size=0)(x)",
    "vmap(t.sin, randomness='no')(x)",
    "vmap(lambda a: a + t.rand(4))(x)",
    "vmap(lambda a: F.dropout(a))(x)",
    "vmap(lambda a: a @ t.ones(3))(x)",
    "grad(t.sin)(v)",
    "grad(lambda a: 3.0)(v)",
    "grad(lambda a: a.sum(), argnums=2)(v)",
    "grad(lambda a, c: a.sum(), argnums=(0, 0))(v, v)",
    "grad(lambda a: a.sum(), has_aux=True)(v)",
    "vjp(lambda a: 2.0, v)",
    "vjp(t.sin, v)[1](v[:1])",
    "vjp(lambda a: (a, a), v)[1](v)",
    "jvp(t.sin, v, v)",
    "jvp(t.sin, (v,), (v, v))",
    "jvp(t.sin, (v,), (v[:1],))",
    "jvp(lambda: v, (), ())",
    "jvp(lambda a: t.ones(2), (v,), (v,), strict=True)",
    "linearize(t.sin, v)[1](v[:1])",
    "jacrev(t.sin, chunk_size=0)(v)",
    "jacrev(lambda a: 2.0)(v)",
    "stack_module_state([])",
    "functional_call(t.nn.Linear(4, 1), {'no': v}, (v,), strict=True)",
    "functional_call(t.nn.Linear(4, 1), [{'bias': v}, {'bias': v}], (v,))",
]


def mistake(text: str, names: dict[str, Any]) -> Exception | None:
    try:
        eval(text, names)
    except Exception as error:
        return error
    return None


@pytest.mark.parametrize("text", REFUSED)
def test_a_mistake_raises_the_same_class(text: str) -> None:
    theirs, ours = mistake(text, THEIRS), mistake(text, OURS)
    assert theirs is not None, "PyTorch accepts this"
    assert isinstance(ours, type(theirs)), f"PyTorch raises {theirs!r}, and we {ours!r}"


def network(library: Any) -> Any:
    nn = library.nn
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.LayerNorm(6), nn.Linear(6, 3)).double()


def twins(count: int) -> tuple[list[Any], list[Any]]:
    """The same networks in both libraries."""
    theirs, ours = ([network(library) for _ in range(count)] for library in (torch, mt))
    for a, b in zip(ours, theirs, strict=True):
        a.load_state_dict({k: mt.tensor(v.numpy()) for k, v in b.state_dict().items()})
    return ours, theirs


def test_gradients_of_each_sample() -> None:
    found = []
    for names, (net,) in zip((OURS, THEIRS), twins(1), strict=True):

        def loss(p: Any, a: Any, label: Any, names: Any = names, net: Any = net) -> Any:
            out = names["functional_call"](net, p, (a.unsqueeze(0),))
            return names["F"].cross_entropy(out, label.unsqueeze(0))

        params = {k: v.detach() for k, v in net.named_parameters()}
        found.append(names["vmap"](names["grad"](loss), (None, 0, 0))(params, names["x"], names["labels"]))
    ours, theirs = found
    for name in theirs:
        assert_close(ours[name], theirs[name].numpy(), rtol=1e-8, atol=1e-12)


def test_an_ensemble() -> None:
    found = []
    for names, nets in zip((OURS, THEIRS), twins(3), strict=True):
        params, buffers = names["stack_module_state"](nets)
        skeleton = network(names["t"])

        def one(
            p: Any, s: Any, a: Any, call: Any = names["functional_call"], skeleton: Any = skeleton
        ) -> Any:
            return call(skeleton, (p, s), (a,))

        found.append(names["vmap"](one, (0, 0, None))(params, buffers, names["x"]))
    assert_close(found[0].detach(), found[1].detach().numpy(), rtol=1e-10)


def test_random_numbers_of_a_map() -> None:
    drawn = []
    for library in (mt, torch):
        library.manual_seed(7)
        drawn.append([
            library.func.vmap(lambda a, r=library.rand: a + r(3), randomness=how)(library.zeros(4))
            for how in ("same", "different")
        ] + [library.rand(1)])  # fmt: skip
    for a, b in zip(*drawn, strict=True):
        assert_close(a, b.numpy(), rtol=1e-6)
