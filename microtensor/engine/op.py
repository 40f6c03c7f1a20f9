"""Ops: a plain function on arrays, and for each differentiable argument its partial derivative.

    @op(x=lambda g, y: g * y, y=lambda g, x: g * x)
    def mul(x, y, /):
        '''Product. ...'''
        return np.multiply(x, y)

- Arguments before ``/`` are arrays; all others are parameters.
- ``x=`` is the cotangent of `x`, from the cotangent `g` of the result.  The other names that its
  signature mentions are *exactly what is kept* for the backward pass: an operand (``y``), the
  result (``out``; ``out_copy`` where programs may write into it; ``out_indices``, the second
  of two), a parameter (``dim``), or an operand's
  shape alone (``x_shape``).
- A formula uses operators, array methods, ufuncs and other ops.  It runs on raw arrays in an
  ordinary backward pass, and on Tensors under ``create_graph=True``: every order from one text.
- Broadcasting is undone by the engine, on the edge; mixed dtypes are cast before the op runs.
- An op follows its arguments: all arrays in, an array out; any Tensor in, a Tensor out.
- One text serves real and complex numbers: see `complex_numbers`.

`apply` is that, in full and in readable form.  What is called is a function that `fastpath` writes
for each op: the same for the common case, and a call of `apply` for all others.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, overload

from .apply import apply
from .arrays.kernels import Kernel
from .op_definition import RESULTS, Formula, Op, case, formula_arguments, registry, written
from .tensor import Tensor


@overload
def op(function: Callable[..., Any], /, **options: Any) -> Callable[..., Tensor]: ...
@overload
def op(
    *, name: str = "", elementwise: bool = False, floating: bool = False, promote: bool = True,
    view: bool = False, wide: bool = False, piecewise: Sequence[str] = (),
    refuses: Callable[..., None] | None = None, complex: bool | str = False, kernel: Kernel | None = None,
    tensors: str = "", node: str = "", method: bool | str = False, domain: Any = (-3.0, 3.0),
    dtype: Any = None, samples: Sequence[Any] | None = None, reference: Callable[..., Any] | None = None,
    exempt: Mapping[str, str] | None = None, **partials: Formula,
) -> Callable[[Callable[..., Any]], Callable[..., Tensor]]: ...  # fmt: skip
def op(
    function: Callable[..., Any] | None = None, /, *, name: str = "", elementwise: bool = False,
    floating: bool = False, promote: bool = True, view: bool = False, wide: bool = False,
    piecewise: Sequence[str] = (), refuses: Callable[..., None] | None = None,
    complex: bool | str = False, kernel: Kernel | None = None, tensors: str = "", node: str = "",
    method: bool | str = False, domain: Any = (-3.0, 3.0), dtype: Any = None,
    samples: Sequence[Any] | None = None, reference: Callable[..., Any] | None = None,
    exempt: Mapping[str, str] | None = None, **partials: Formula,
) -> Callable[..., Any]:  # fmt: skip
    """Make an op of a function on arrays, register it, and return what users call.

    Options, all by name:

    name=formula : the partial derivative of each differentiable array, by the array's name.
    elementwise : the arrays broadcast against each other, and give one result (default: False).
    floating : integer operands are converted to the default dtype first, as in ``exp``.
    promote : operands of different dtypes are cast to the common one (default: True).
    wide : float16 operands are computed with in float32, and the result rounded once; so are those of an op
        that is `floating`.
    piecewise : the operands in which the derivative is constant but for jumps, as ReLU's: it is then
        differentiable once more, with zeros.
    refuses : a function of the operands as they came, which raises where the op is not for their dtypes.
    complex : whether operands may be complex; or the sentence in which it refuses them.
    kernel : the dtypes for which PyTorch has no kernel, of the operands as they meet: see `kernels.without`.
    tensors : the arrays, as in ``"x y"``, for which no Python number may stand: PyTorch wants tensors there.
    view : the result shares the first operand's memory where NumPy lets it.
    node : the name that ``grad_fn`` shows; the op's name and ``Backward0`` if not given.
    method : install it as a Tensor method of this name (True: the op's own name).
    domain : ``(low, high)`` for all arrays or a dict by name: where tests draw values.
    dtype : the dtype that tests draw (default: floating point).
    samples : calls to test, a list of ``case(*arrays, **params)``; shapes stand for arrays.
    reference : a function on arrays that must give the same result.
    exempt : laws that this op does not obey, each with the reason, by the law's name.

    Raises ``TypeError`` at definition for a formula of no array, one that does not take the cotangent
    first, or one that mentions a name that is no array, no parameter, no array's ``_shape``, and not ``out``
    or one of its like.

    >>> @mt.op(x=lambda g, x: g * 3 * x**2, elementwise=True)
    ... def cube(x, /):
    ...     return x * x * x
    >>> x = mt.tensor(2.0, requires_grad=True)
    >>> cube(x).backward()
    >>> x.grad
    tensor(12.)
    >>> del mt.registry["cube"]
    """
    facts = {
        "elementwise": elementwise, "floating": floating, "promote": promote, "view": view, "wide": wide,
        "piecewise": tuple(piecewise), "refuses": refuses, "complex": complex,
        "kernel": kernel, "tensors": tuple(tensors.split()),
        "domain": domain,
        "dtype": dtype, "samples": samples, "reference": reference, "exempt": dict(exempt or {}),
    }  # fmt: skip

    def made(function: Callable[..., Any]) -> Callable[..., Any]:
        own = name or function.__name__
        shown = node or _camel(own) + "Backward0"
        return _made(function, partials, method, {"name": own, "node_name": shown, **facts})

    return made if function is None else made(function)


def _made(
    function: Callable[..., Any], partials: dict[str, Formula], method: bool | str, facts: dict[str, Any]
) -> Callable[..., Any]:
    """The op of a function and its partial derivatives, checked, registered and installed."""
    parameters = inspect.signature(function).parameters.values()
    arrays = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.VAR_POSITIONAL)]
    this = Op(
        function=function, partials=partials, arrays=tuple(p.name for p in arrays),
        params={p.name: p for p in parameters if p not in arrays},
        variadic=any(p.kind is p.VAR_POSITIONAL for p in arrays), **facts,
    )  # fmt: skip
    _check(this)
    from .fastpath import call_of, node_of

    this.node = node_of(this)
    this.call = call_of(this)
    registry[_key(this)] = this
    if method:
        setattr(Tensor, this.name if method is True else method, this.call)
    return this.call


_OPTION_NAMES = sorted(op.__kwdefaults__ or {})


def _key(this: Op) -> str:
    """The op's name; after its module's if the package has an op of that name, which keeps its place."""
    held = registry.get(this.name)
    taken = held is not None and held.ours and not this.ours
    return f"{this.function.__module__}.{this.name}" if taken else this.name


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.strip("_").split("_"))


def _check(this: Op) -> None:
    shapes = {f"{name}_shape" for name in this.arrays} | {f"{name}_dtype" for name in this.arrays}
    taken = sorted({*RESULTS, "raw", "result", "node", "saved", "how"} & set(this.params))
    if taken:
        raise TypeError(f"op {this.name}: a parameter cannot be called {taken[0]!r}")
    known = {*RESULTS, *this.arrays, *this.params, *shapes}
    for name, formula in this.partials.items():
        if name not in this.arrays or not callable(formula):
            raise TypeError(f"op {this.name}: {_no_formula(this, name)}")
        if _cotangent_of(formula) in this.arrays:
            raise TypeError(
                f"op {this.name}: the formula of {name!r} takes the cotangent of the result first, as in "
                f"lambda g, {', '.join(this.arrays)}: ..., and not {_cotangent_of(formula)!r}"
            )
        unknown = [word for word in formula_arguments(formula) if word not in known]
        if unknown:
            raise TypeError(
                f"op {this.name}: the formula of {name!r} mentions {unknown}, and can have {sorted(known)}"
            )


def _no_formula(this: Op, name: str) -> str:
    """Why the option `name` is not the formula of an array."""
    if name in this.arrays:
        return f"the formula of {name!r} is to be a function, as in lambda g: g, not {this.partials[name]!r}"
    if name in this.params:
        return f"{name!r} is a parameter: arrays stand before a slash, as in def {this.name}({name}, /)"
    return f"{name!r} is not one of its arrays {this.arrays}, nor an option ({', '.join(_OPTION_NAMES)})"


def _cotangent_of(formula: Formula) -> str | None:
    """What the formula calls its first argument; None if it takes any number of them."""
    code = getattr(formula, "__code__", None)
    if code is not None and not hasattr(formula, "__signature__"):
        return str(code.co_varnames[0]) if code.co_argcount else None
    return next(iter(inspect.signature(formula).parameters), None)


# ------------------------------------------------ one op under several names


def shown_as(function: Callable[..., Any], name: str, **options: Any) -> Callable[..., Any]:
    """What makes the op `name` of `function`, with these options (and further ones), under a node's name.

    PyTorch has an op for each number of dimensions, or each mode, where we have one: ``grad_fn`` shows the
    name that it would, and the registry, with it every law, knows the op once.

    >>> from microtensor.ops.windows.separable_resampling import resample_shown_as
    >>> resample_shown_as("CopySlices") is resample_shown_as("CopySlices")
    True
    """

    @lru_cache
    def named(node: str, **further: Any) -> Any:
        first = registry.get(name)
        made = op(function, name=name, node=node, **{**options, **further})
        registry[name] = first or registry[name]
        return made

    return named


__all__ = ["Op", "apply", "case", "op", "registry", "shown_as", "written"]
