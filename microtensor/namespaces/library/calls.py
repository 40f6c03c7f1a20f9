"""How one call of an operator runs: plainly, recorded for a backward pass, or over a batch.

A recorded call is an `autograd.Function` whose arguments are the call's tensors one by one, those in lists
too; everything else, and where each tensor belongs, is the `_Call` that goes with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from microtensor.autograd.function import Function
from microtensor.engine.grad_mode import is_grad_enabled, no_grad
from microtensor.engine.tensor import Tensor
from microtensor.engine.versions import owner
from microtensor.engine.writes import count_write
from microtensor.func.batched_tensor import BatchedTensor
from microtensor.ops.joining.cat_split import stack

from .operators import OpOverload

__all__ = ["run"]


def run(operator: OpOverload, values: Sequence[Any]) -> Any:
    """The result of an operator, of the values of its arguments."""
    call, tensors = _split(operator, values)
    batched = any(isinstance(t, BatchedTensor) for t in tensors)
    composite = operator.composite_kernel()
    if composite is not None and operator.formula is None and not (batched and operator.batching):
        return call.of(composite, tensors)
    own = operator.autograd_kernel()
    if own is not None and not batched:
        return call.of(own, tensors)
    recorded = operator.formula is not None or operator.opaque
    if batched or (recorded and is_grad_enabled() and any(t.requires_grad for t in tensors)):
        return call.results(_function_of(operator).apply(call, *tensors))
    return call.computed(tensors)


class _Slot(int):
    """Where in a call's arguments the tensor of this number stands."""

    __slots__ = ()


def _split(operator: OpOverload, values: Sequence[Any]) -> tuple[_Call, list[Tensor]]:
    tensors: list[Tensor] = []

    def hollow(value: Any) -> Any:
        if isinstance(value, Tensor):
            tensors.append(value)
            return _Slot(len(tensors) - 1)
        return [hollow(item) for item in value] if isinstance(value, list) else value

    return _Call(operator, [hollow(value) for value in values]), tensors


def _filled(value: Any, tensors: Sequence[Any]) -> Any:
    if isinstance(value, _Slot):
        return tensors[value]
    return [_filled(item, tensors) for item in value] if isinstance(value, list) else value


class _Call:
    """The arguments of one call, with numbers in the place of tensors."""

    def __init__(self, operator: OpOverload, values: list[Any]) -> None:
        self.operator, self.values = operator, values
        self.single = len(operator._schema.returns) == 1

    def arguments(self, tensors: Sequence[Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments by position and by name, with other tensors in their places."""
        pairs = list(zip(self.operator._schema.arguments, self.values, strict=True))
        args = tuple(_filled(value, tensors) for a, value in pairs if not a.kwarg_only)
        return args, {a.name: _filled(value, tensors) for a, value in pairs if a.kwarg_only}

    def of(self, function: Callable[..., Any], tensors: Sequence[Any]) -> Any:
        """What a function makes of the arguments."""
        args, kwargs = self.arguments(tensors)
        return function(*args, **kwargs)

    def computed(self, tensors: Sequence[Any]) -> Any:
        """What the kernel makes of them, held to the schema."""
        if not self.operator.opaque:
            return self.of(self.operator.kernel(), tensors)
        with no_grad():
            result = self.of(self.operator.kernel(), tensors)
        self.check(result, tensors)
        for argument, value in zip(self.operator._schema.arguments, self.values, strict=True):
            for written in _leaves(_filled(value, tensors)) if argument.is_write else ():
                count_write(written, self.operator.name())
        return result

    def check(self, result: Any, tensors: Sequence[Any]) -> None:
        """Raise ``RuntimeError`` for results that are not the schema's, or share memory with an argument."""
        from .schema import fits

        name, returns = self.operator.name(), self.operator._schema.returns
        parts = () if not returns else (result,) if self.single else result
        if not returns and result is not None:
            raise RuntimeError(f"{name}: the schema says no result, and the function returned {result!r}")
        for part, declared in zip(parts, returns, strict=True):
            if not fits(declared.type, part):
                raise RuntimeError(f"{name}: Unable to cast {part!r} to {declared.type}, as its schema says")
        seen = [owner(t.array) for t in tensors]
        for made in _leaves(list(parts)):
            if any(owner(made.array) is other for other in seen):
                raise RuntimeError(_ALIASED.format(name))
            seen.append(owner(made.array))

    def flat(self, result: Any) -> Any:
        """A result as a Function returns it: one tensor, or a tuple."""
        if self.single:
            return tuple(result) if isinstance(result, (list, tuple)) else result
        return None if result is None else tuple(x for part in result for x in _as_list(part))

    def results(self, flat: Any) -> Any:
        """What the operator returns, from what the Function did."""
        if self.single and self.operator._schema.returns[0].type.endswith("]"):
            return list(flat)
        return flat

    def gradients(self, answer: Any, count: int) -> list[Any]:
        """The gradients of the tensors, from those that a formula gives for the arguments."""
        args = [
            v for a, v in zip(self.operator._schema.arguments, self.values, strict=True) if not a.kwarg_only
        ]
        answers = answer if isinstance(answer, tuple) else (answer,)
        if len(answers) != len(args):
            raise RuntimeError(
                f"{self.operator.name()}: the backward function returned {len(answers)} gradients, and there "
                f"are {len(args)} arguments: return None for each one that has none"
            )
        found: list[Any] = [None] * count
        for value, gradient in zip(args, answers, strict=True):
            for slot, g in zip(_as_list(value), _as_list(gradient), strict=isinstance(gradient, list)):
                if isinstance(slot, _Slot):
                    found[slot] = g
        return found


_ALIASED = (
    "{} : The output of this custom operator (1) must not also be an input to this custom operator and (2) "
    "may not alias any inputs to this custom operator or other returns. Please instead return a clone of the "
    "offending output tensor(s) (e.g. return x.clone()) or refactor the custom operator to not return it."
)


def _as_list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _leaves(value: Any) -> list[Tensor]:
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value] if isinstance(value, Tensor) else []


def _function_of(operator: OpOverload) -> type[Function]:
    """The Function that a recorded call of the operator is."""
    made = vars(operator).get("function")
    if made is None:
        name = f"GeneratedBackwardFor_{operator.namespace}_{operator._opname}_{operator._overloadname}"
        made = type(name, (_Recorded,), {"__module__": f"torch.ops.{operator.namespace}"})
        operator.function = made  # type: ignore[attr-defined]
    return made


@contextmanager
def _needs_of_arguments(ctx: Any, call: _Call) -> Iterator[None]:
    """The length of a ``with`` in which ``ctx.needs_input_grad`` speaks of the operator's arguments."""
    needs = ctx.needs_input_grad
    slots = [slot for value in call.values for slot in _as_list(value)]
    ctx.needs_input_grad = (*(isinstance(slot, _Slot) and needs[1 + slot] for slot in slots), False)
    try:
        yield
    finally:
        ctx.needs_input_grad = needs


class _Recorded(Function):
    """A call of an operator, as a Function of its tensors."""

    @staticmethod
    def forward(call: _Call, *tensors: Any) -> Any:
        return call.flat(call.computed(tensors))

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        call, *tensors = inputs
        ctx.call = call
        _, setup = call.operator.formula or (None, None)
        if setup is not None:
            args, kwargs = call.arguments(tensors)
            named = {"keyword_only_inputs": kwargs} if kwargs else {}
            with _needs_of_arguments(ctx, call):
                setup(ctx=ctx, inputs=args, output=call.results(output), **named)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        call = ctx.call
        if call.operator.formula is None:
            raise RuntimeError(
                f"Trying to backward through {call.operator} but no autograd formula was registered. Please "
                "use register_autograd to add one."
            )
        listed = call.single and call.operator._schema.returns[0].type.endswith("]")
        with _needs_of_arguments(ctx, call):
            answer = call.operator.formula[0](ctx, *([list(grads)] if listed else grads))
        count = sum(isinstance(slot, _Slot) for value in call.values for slot in _as_list(value))
        return None, *call.gradients(answer, count)

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], call: _Call, *tensors: Any) -> Any:
        operator, dims = call.operator, in_dims[1:]
        if operator.batching is None:
            return _one_by_one(info, dims, call, tensors)
        args, kwargs = call.arguments(tensors)
        args = operator._schema.without_defaults(args)
        placed = zip(call.values, call.arguments(dims)[0][: len(args)], strict=False)
        places = tuple(d if _holds(value) else None for value, d in placed)
        out, out_dims = operator.batching(info, places, *args, **kwargs)
        return call.flat(out), tuple(out_dims) if isinstance(out_dims, list) else out_dims


def _holds(value: Any) -> bool:
    return isinstance(value, _Slot) or (isinstance(value, list) and any(map(_holds, value)))


def _one_by_one(info: Any, dims: Sequence[Any], call: _Call, tensors: Sequence[Any]) -> Any:
    """The results of a batch, one example after the other, for an operator that has no rule for batches."""

    def example(i: int) -> Any:
        return [t if d is None else t.select(d, i) for t, d in zip(tensors, dims, strict=True)]

    rows = [call.flat(call.of(call.operator, example(i))) for i in range(info.batch_size)]
    if isinstance(rows[0], tuple):
        return tuple(stack(parts) for parts in zip(*rows, strict=True)), (0,) * len(rows[0])
    return (None, None) if rows[0] is None else (stack(rows), 0)
