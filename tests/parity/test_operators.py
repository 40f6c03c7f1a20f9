"""``torch.library`` and ``torch.ops``: operators that are defined, called, differentiated and mapped."""

# ruff: noqa: E501 - programs, a thought a line

from __future__ import annotations

from collections.abc import Callable

PROGRAMS = """
# an operator as a decorator, called by its name, with a gradient and a vmap
@torch.library.custom_op("parity_a::scaled_sine", mutates_args=())
def scaled_sine(x: torch.Tensor, k: float = 2.0) -> torch.Tensor:
    return torch.from_numpy(np.sin(x.detach().numpy()) * np.float32(k))
def setup(ctx, inputs, output):
    x, k = inputs
    ctx.save_for_backward(x)
    ctx.k = k
    needs.append(ctx.needs_input_grad)
needs = []
scaled_sine.register_autograd(lambda ctx, g: (g * ctx.saved_tensors[0].cos() * ctx.k, None), setup_context=setup)
seen = []
@scaled_sine.register_vmap
def batch(info, in_dims, x, k=2.0):
    seen.append((info.batch_size, info.randomness) if seen else (str(in_dims), list(x.shape)))
    return scaled_sine(x, k), in_dims[0]
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = torch.ops.parity_a.scaled_sine(x, 3.0)
y.sum().backward()
z = torch.ops.parity_a.scaled_sine.default(x, k=1.0)
mapped = torch.vmap(scaled_sine)(torch.arange(6.0).reshape(3, 2))
turned = torch.vmap(scaled_sine, in_dims=1, out_dims=1)(torch.arange(6.0).reshape(3, 2))
texts = [repr(scaled_sine), repr(torch.ops.parity_a), repr(torch.ops.parity_a.scaled_sine), type(y.grad_fn).__name__]
texts += [repr(torch.ops.parity_a.scaled_sine.default), str(torch.ops.parity_a.scaled_sine.default._schema)]
texts += [str(torch.ops.parity_a.scaled_sine.default), torch.ops.parity_a.scaled_sine.default.name()]

# without a formula its backward pass says so, and without a rule a vmap goes one by one
@torch.library.custom_op("parity_b::double", mutates_args=())
def double(x: torch.Tensor) -> torch.Tensor:
    return torch.from_numpy(x.detach().numpy() * 2)
x = torch.ones(2, requires_grad=True)
y = double(x)
needs = y.requires_grad
mapped = torch.vmap(double)(torch.arange(6.0).reshape(3, 2))
said = raises(lambda: y.sum().backward(), "Trying to backward through parity_b.double.default but no autograd")

# lists of tensors, several results, and arguments by name alone
from typing import Optional, Tuple
@torch.library.custom_op("parity_c::scale_all", mutates_args=())
def scale_all(xs: list[torch.Tensor], k: float, *, s: int = 1) -> list[torch.Tensor]:
    return [x * k * s for x in xs]
def setup(ctx, inputs, keyword_only_inputs, output):
    ctx.k = inputs[1] * keyword_only_inputs["s"]
scale_all.register_autograd(lambda ctx, gs: ([g * ctx.k for g in gs], None), setup_context=setup)
a, b = torch.ones(1, requires_grad=True), torch.ones(2, requires_grad=True)
out = scale_all([a, b], 2.0, s=3)
(out[0].sum() + 2 * out[1].sum()).backward()
@torch.library.custom_op("parity_c::two", mutates_args=())
def two(x: torch.Tensor, y: Optional[torch.Tensor] = None) -> Tuple[torch.Tensor, torch.Tensor]:
    return x * 2, x * 3
two.register_autograd(lambda ctx, g, h: (g * 2 + h * 3, None))
c = torch.ones(1, requires_grad=True)
p, q = two(c)
p.backward()
grad_of_unused = c.grad

# what writes to an argument
@torch.library.custom_op("parity_d::add_one_", mutates_args={"x"})
def add_one_(x: torch.Tensor) -> None:
    x.add_(1)
x = torch.zeros(2)
add_one_(x)
said = raises(lambda: add_one_.register_autograd(lambda ctx: None), "non-functional operator", RuntimeError)
schema = str(add_one_._opoverload._schema)

# a library: define, impl, overloads, and their errors
lib = torch.library.Library("parity_e", "FRAGMENT")
names = [lib.define("twice(Tensor x, int n=2) -> Tensor"), lib.define("pair.named(Tensor[] xs, *, Scalar a=2) -> (Tensor, Tensor)")]
early = raises(lambda: torch.ops.parity_e.twice(torch.ones(1)), "Could not run 'parity_e::twice'", NotImplementedError)
lib.impl("twice", lambda x, n=2: x * n, "CompositeImplicitAutograd")
@torch.library.impl(lib, "pair.named", "CPU")
def pair(xs, *, a=2):
    return xs[0] * a, xs[1] * a
x = torch.ones(2, requires_grad=True)
torch.ops.parity_e.twice(x, 5).sum().backward()
first, second = torch.ops.parity_e.pair([torch.ones(1), torch.ones(1)], a=3)
third, _ = torch.ops.parity_e.pair.named([torch.ones(1), torch.ones(1)])
texts = [str(torch.ops.parity_e.pair.named._schema), repr(torch.ops.parity_e.pair.overloads())]
errors = [
    raises(lambda: lib.define("twice(Tensor x, int n=2) -> Tensor"), "with the same name and overload name", RuntimeError),
    raises(lambda: lib.define("no(Tensr x) -> Tensor"), "unknown type specifier", RuntimeError),
    raises(lambda: torch.library.Library("parity_e", "OTHER"), "Unsupported kind", ValueError),
    raises(lambda: torch.ops.parity_e.nothing, "object has no attribute 'nothing'", AttributeError),
    raises(lambda: torch.ops.parity_e.pair.default, "has no overload name 'default'", AttributeError),
    raises(lambda: torch.ops.parity_e.twice(3), "Expected a value of type 'Tensor' for argument 'x' but instead found type 'int'", RuntimeError),
    raises(lambda: torch.ops.parity_e.twice(), "is missing value for argument 'x'. Declaration", RuntimeError),
    raises(lambda: torch.ops.parity_e.twice(x, 1, 2), "expected at most 2 argument.s. but received 3", RuntimeError),
    raises(lambda: torch.ops.parity_e.twice(x, m=1), "Unknown keyword argument 'm'", RuntimeError),
    raises(lambda: torch.library.register_fake("parity_e::no", lambda x: x), "parity_e::no does not exist", RuntimeError),
    raises(lambda: torch.library.register_autograd("parity_e::no", lambda x: x), "no attribute 'no'", AttributeError),
    raises(lambda: torch.library.define("noname", "(Tensor x) -> Tensor"), "namespace::name", ValueError),
]

# define and impl by name, with a formula that is registered by name
torch.library.define("parity_f::plus", "(Tensor x, Tensor y) -> Tensor")
@torch.library.impl("parity_f::plus", "cpu")
def plus(x, y):
    return torch.from_numpy(x.detach().numpy() + y.detach().numpy())
torch.library.register_autograd("parity_f::plus", lambda ctx, g: (g * 5, g * 7))
x, y = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
z = torch.ops.parity_f.plus(x, y)
z.sum().backward()

# opcheck holds an operator to what was said of it
@torch.library.custom_op("parity_g::good", mutates_args=())
def good(x: torch.Tensor) -> torch.Tensor:
    return x * 2
good.register_fake(lambda x: torch.empty_like(x))
good.register_autograd(lambda ctx, g: g * 2)
answers = torch.library.opcheck(good, (torch.ones(3, requires_grad=True),))
answers = [(name, answers[name]) for name in sorted(answers)]
@torch.library.custom_op("parity_g::writes", mutates_args=())
def writes(x: torch.Tensor) -> torch.Tensor:
    x.add_(1)
    return x * 2
bad = raises(lambda: torch.library.opcheck(writes, (torch.ones(2),)), "x is not defined as mutable but was mutated")
@torch.library.custom_op("parity_g::returns", mutates_args=())
def returns(x: torch.Tensor) -> torch.Tensor:
    return x
alias = raises(lambda: returns(torch.ones(1)), "must not also be an input to this custom operator", RuntimeError)

# schemas from annotations
from typing import List, Optional, Sequence, Tuple, Union
def f(x: torch.Tensor, y: Optional[torch.Tensor], z: List[torch.Tensor], a: int = 1, b: float = 2.5, c: bool = True,
      d: str = "hi", e: Sequence[int] = None, g: Optional[int] = None, *, n: Union[int, float, bool] = 3,
      dt: torch.dtype = torch.float32) -> Tuple[torch.Tensor, torch.Tensor]: ...
def g(x: "torch.Tensor | None", y: "list[int] | None" = None) -> "torch.Tensor": ...
def h(x: torch.Tensor, k: int) -> None: ...
infer = torch.library.infer_schema
schemas = [infer(f, mutates_args=()), infer(f, mutates_args={"z"}), infer(f, mutates_args="unknown"), infer(g, mutates_args=())]
schemas += [infer(h, mutates_args={"x"}, op_name="named")]
def i(x): ...
def j(x: dict) -> torch.Tensor: ...
def k(x: torch.Tensor): ...
def l(*x: torch.Tensor) -> torch.Tensor: ...
def m(x: torch.Tensor) -> Optional[torch.Tensor]: ...
errors = [raises(lambda: infer(i, mutates_args=()), "x must have a type annotation"),
          raises(lambda: infer(j, mutates_args=()), "x has unsupported type"),
          raises(lambda: infer(k, mutates_args=()), "No return type annotation"),
          raises(lambda: infer(l, mutates_args=()), "varargs"),
          raises(lambda: infer(m, mutates_args=()), "Return has unsupported type"),
          raises(lambda: infer(h, mutates_args={"q"})), raises(lambda: infer(h, mutates_args={"k"}))]
""" + '''
# operators of aten, and their overloads
a, b = torch.arange(6.0).reshape(2, 3), torch.arange(6.0).reshape(3, 2)
ops = torch.ops.aten
made = [ops.mm(a, b), ops.mm.default(a, b), ops.add.Tensor(a, a, alpha=2), ops.addmm.default(torch.ones(2), a, b)]
made += [ops.sum.dim_IntList(a, [1]), ops.mean.dim(a, [0], True), ops.view.default(a, [3, 2]), ops.t.default(a)]
made += [ops._softmax.default(a, 1, False), ops._log_softmax.default(a, 1, False), ops.relu.default(a - 2)]
made += [ops.slice.Tensor(a, 1, 0, 2), ops.index.Tensor(a, [None, torch.tensor([2, 0])]), ops.mul.Tensor(a, 2.0)]
made += list(ops.native_layer_norm.default(a, [3], None, None, 1e-5)) + list(ops.split.Tensor(a, 1, 1))
made += [ops.embedding.default(a, torch.tensor([1, 0])), ops.mse_loss.default(a, a + 1, 2), ops.gelu.default(a)]
made += [ops.convolution.default(torch.ones(1, 1, 4), torch.ones(1, 1, 2), None, [1], [1], [1], False, [0], 1)]
made += [ops.nll_loss(ops._log_softmax(a, 1, False), torch.tensor([0, 2]), None, 1), ops._to_copy.default(a, dtype=torch.float64)]
made += [ops.unfold.default(torch.arange(5.0), 0, 2, 2), ops.linalg_det.default(torch.eye(2) * 3), ops.transpose.int(a, 0, 1)]
made += list(ops.max_pool2d_with_indices.default(torch.arange(16.0).reshape(1, 4, 4), [2, 2]))
same = [ops.mm.default is ops.mm.default, ops.add.Tensor is torch.ops.aten.add.Tensor]
texts = [repr(ops.mm.default), str(ops.add.Tensor), ops.add.Tensor.name(), repr(ops), ops.mm.default.__name__]
missing = [raises(lambda: ops.no_such_op, "has no attribute 'no_such_op'", AttributeError)]
'''  # fmt: skip


def test_library_program(program: str, agree: Callable[..., None]) -> None:
    agree(program)
