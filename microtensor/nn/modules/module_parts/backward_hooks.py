"""Where a module's backward hooks run: two gates in the graph, before and behind the module.

A gate is the identity on several tensors at once.  As one node of the graph it is pulled back
when the gradients of all of them are known, so at the back gate those of the module's results are
complete, at the front gate those of its arguments; and since the gates belong to one call, they
hold what this very call contributed, however often the tensors are used elsewhere.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from ....autograd import Function
from ....engine.grad_mode import is_grad_enabled
from ....engine.tensor import Tensor

if TYPE_CHECKING:
    from ..module import Module

Gradients = tuple[Tensor | None, ...]
Hook = Callable[..., Any]


class Gates:
    """The two gates of one call of `module`, and the hooks that run at them."""

    def __init__(self, module: Module, pre_hooks: list[Hook], hooks: list[Hook]) -> None:
        self.module, self.pre_hooks, self.hooks = module, pre_hooks, hooks
        self.arguments: tuple[Any, ...] = ()
        self.has_front = False
        self.grad_output: Gradients | None = None

    def enter(self, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments as the module is to see them, through the front gate."""
        self.arguments = (None,) * len(arguments)
        if not self.hooks or not _carries_gradient(arguments):
            return arguments
        self.has_front = True
        return _through(self._arguments_known, arguments, zeros=True)

    def leave(self, result: Any) -> Any:
        """The result as the caller is to see it, through the back gate."""
        if not self.hooks and not self.pre_hooks:
            return result
        if not isinstance(result, Tensor | tuple):
            warnings.warn(
                "For backward hooks to be called, module output should be a Tensor or a tuple of "
                f"Tensors but received {type(result)}",
                stacklevel=6,
            )
            return result
        results = result if isinstance(result, tuple) else (result,)
        if not _carries_gradient(results):
            return result
        gated = _through(self._results_known, results, zeros=False)
        return gated if isinstance(result, tuple) else gated[0]

    def _results_known(self, grad_output: Gradients) -> Gradients:
        for hook in self.pre_hooks:
            answer = hook(self.module, grad_output)
            grad_output = _replaced(grad_output, answer, "Backward pre hook", "grad_output")
        if self.has_front:
            self.grad_output = grad_output
        else:
            self._run_without_front(grad_output)
        return grad_output

    def _arguments_known(self, grad_input: Gradients) -> Gradients:
        # A gradient that did not come by the back gate, as in the second derivative, passes.
        grad_output, self.grad_output = self.grad_output, None
        for hook in self.hooks if grad_output is not None else ():
            answer = hook(self.module, grad_input, grad_output)
            grad_input = _replaced(grad_input, answer, "Backward hook", "grad_input")
        return grad_input

    def _run_without_front(self, grad_output: Gradients) -> None:
        for hook in self.hooks:
            answer = hook(self.module, self.arguments, grad_output)
            replaces = not isinstance(answer, tuple) or any(g is not None for g in answer)
            if answer is not None and replaces:
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always "
                    f"return None or None for all gradients, not {answer!r}."
                )


def _carries_gradient(values: Sequence[Any]) -> bool:
    return is_grad_enabled() and any(isinstance(v, Tensor) and v.requires_grad for v in values)


def _through(
    receive: Callable[[Gradients], Gradients], values: tuple[Any, ...], zeros: bool
) -> tuple[Any, ...]:
    """`values`, with the tensors among them seen through a gate.

    `receive` is given, and gives back, one gradient for each of `values`; None for what is not a
    tensor, and for a tensor that none arrived at, unless `zeros` are wanted there.
    """
    places = [i for i, value in enumerate(values) if isinstance(value, Tensor)]

    def spread(known: Gradients) -> Gradients:
        gradients: list[Tensor | None] = [None] * len(values)
        for place, gradient in zip(places, known, strict=True):
            gradients[place] = gradient
        answer = receive(tuple(gradients))
        return tuple(answer[place] for place in places)

    gated = list(values)
    twins = _Gate.apply(spread, zeros, *(values[i] for i in places))
    for place, twin in zip(places, twins, strict=True):
        if values[place].requires_grad:
            gated[place] = twin
    return cast("tuple[Any, ...]", getattr(type(values), "_make", tuple)(gated))


class _Gate(Function):
    """The identity on several tensors; on the way back their gradients pass through `receive`."""

    @staticmethod
    def forward(
        ctx: Any, receive: Callable[[Gradients], Gradients], zeros: bool, *tensors: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.receive = receive
        ctx.set_materialize_grads(zeros)
        return tuple(tensor.detach() for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor | None) -> tuple[Any, ...]:
        return None, None, *ctx.receive(gradients)


def _replaced(gradients: Gradients, answer: Any, who: str, what: str) -> Gradients:
    """What a hook answered in place of `gradients`; None leaves them as they are."""
    if answer is None:
        return gradients
    new: Gradients = answer if isinstance(answer, tuple) else (answer,)
    if len(new) != len(gradients):
        raise RuntimeError(
            f"{who} returned an invalid number of {what}, got {len(new)}, but expected {len(gradients)}"
        )
    return new
