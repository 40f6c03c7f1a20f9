"""Checkpointing: forget what a part of the network saved, and compute it again when it is needed.

Memory for time (Chen et al., "Training Deep Nets with Sublinear Memory Cost", arXiv:1604.06174).
The part runs as always and its nodes are recorded as always; only the arrays that they save are
dropped, and each node keeps a numbered slot instead (`autograd.graph.saved_tensors_hooks`).  The
first slot that a backward pass opens runs the part again, with the random numbers that it drew the
first time, and what this second run saves fills all slots.  The nodes of the second run are thrown
away, so that gradients of every order, ``autograd.grad``, several outputs and checkpoints inside of
checkpoints work as if nothing had been dropped.

The older form, ``use_reentrant=True``, is one `autograd.Function` that runs a backward pass inside
its own.
"""

from __future__ import annotations

import contextlib
import itertools
import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from .._lazy import beside
from ..autograd.function import Function, once_differentiable
from ..autograd.graph import saved_tensors_hooks
from ..autograd.observers import running
from ..creation.factories import zeros, zeros_like
from ..engine import versions
from ..engine.backward import backward
from ..engine.grad_mode import enable_grad, is_grad_enabled
from ..engine.tensor import Tensor
from ..errors import StaleSavedError, describe
from ..random.generator import default_generator

__all__ = [
    "CheckpointError", "checkpoint", "checkpoint_sequential", "get_device_states", "noop_context_fn",
    "set_checkpoint_debug_enabled", "set_checkpoint_early_stop", "set_device_states",
]  # fmt: skip

Contexts = tuple[contextlib.AbstractContextManager[Any], contextlib.AbstractContextManager[Any]]


class CheckpointError(RuntimeError):
    """The second run of a checkpointed function did not save what the first one had saved."""


def noop_context_fn() -> Contexts:
    """Two contexts that do nothing: for the first run and for the second."""
    return contextlib.nullcontext(), contextlib.nullcontext()


def get_device_states(*args: Any) -> tuple[list[int], list[Tensor]]:
    """Which GPUs hold the arguments, and the states of their random numbers: there are none.

    >>> mt.utils.checkpoint.get_device_states(mt.ones(2))
    ([], [])
    """
    return [], []


def set_device_states(devices: Sequence[int], states: Sequence[Tensor], *, device_type: Any = None) -> None:
    """Nothing: `get_device_states` found no GPU to give its random numbers back to."""


_early_stop: ContextVar[bool | None] = ContextVar("microtensor.checkpoint.early_stop", default=None)
_debug: ContextVar[bool | None] = ContextVar("microtensor.checkpoint.debug", default=None)


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """A ``with`` in which `early_stop` of every checkpoint is `enable`, whatever its call says.

    >>> x = mt.ones(1, requires_grad=True)
    >>> with set_checkpoint_early_stop(False):
    ...     y = checkpoint(lambda x: x.exp(), x, use_reentrant=False)
    """
    token = _early_stop.set(enable)
    try:
        yield
    finally:
        _early_stop.reset(token)


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """A ``with`` in which `debug` of every checkpoint is `enabled`; errors name the shapes in any case.

    >>> with set_checkpoint_debug_enabled(True):
    ...     y = checkpoint(lambda x: x.exp(), mt.ones(1, requires_grad=True), use_reentrant=False)
    """
    token = _debug.set(enabled)
    try:
        yield
    finally:
        _debug.reset(token)


def checkpoint(
    function: Callable[..., Any], *args: Any, use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn, determinism_check: str = "default",
    debug: bool = False, early_stop: bool = True, preserve_rng_state: bool = True, **kwargs: Any,
) -> Any:  # fmt: skip
    """``function(*args, **kwargs)``, without keeping what its backward pass needs.

    `function` is run a second time in the backward pass, so it must compute the same again: its
    weights and buffers must not have changed, and a side effect (the running statistics of batch
    normalisation, a print) happens twice.  Random numbers are replayed unless `preserve_rng_state`
    is False.  The second run stops when it has saved all that is needed, unless `early_stop` is
    False.  `context_fn` returns a context for each of the two runs.  `debug` changes nothing:
    errors always name the shapes.

    Say ``use_reentrant=False``: True, which it means without after a warning, is PyTorch's older form, with
    no keyword arguments, no ``autograd.grad``, no second order, and gradients only if an argument itself
    is a tensor that requires one.

    Raises ``CheckpointError`` (a ``RuntimeError``) if the second run saves other shapes or dtypes,
    or fewer tensors; with ``determinism_check="none"``, only if it saves fewer.

    >>> x = mt.ones(2, requires_grad=True)
    >>> y = checkpoint(lambda x: x.exp().log().exp(), x, use_reentrant=False)
    >>> y.sum().backward()
    >>> x.grad
    tensor([2.7183, 2.7183])
    """
    if determinism_check not in ("default", "none"):
        raise ValueError(f"determinism_check should be one of ('default', 'none'), not {determinism_check!r}")
    if _decided("checkpoint", use_reentrant):
        return _reentrant(function, args, kwargs, preserve_rng_state, context_fn, debug)
    if not is_grad_enabled():
        return function(*args, **kwargs)
    state = default_generator.stream.get_state() if preserve_rng_state else None
    first, second = context_fn()
    early_stop = early_stop if _early_stop.get() is None else bool(_early_stop.get())
    run = _Run(function, args, kwargs, state, second, determinism_check == "default", early_stop)
    with saved_tensors_hooks(run.drop, run.restore), first:
        result = function(*args, **kwargs)
    run.complete = True
    return result


def _decided(name: str, use_reentrant: bool | None) -> bool:
    """The form of checkpointing; PyTorch's default is the older one, which it warns of."""
    if use_reentrant is None:
        warnings.warn(
            f"torch.utils.checkpoint{name.removeprefix('checkpoint')}: the use_reentrant parameter should be "
            "passed explicitly: use_reentrant=False is recommended, and True is what it means without",
            UserWarning, stacklevel=3,
        )  # fmt: skip
    return use_reentrant is None or use_reentrant


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Run a Sequential, or a list of functions, in `segments` checkpointed parts.

    The last part is not checkpointed: the backward pass begins there and would run it again at
    once.  Raises ``ValueError`` for more segments than functions.

    >>> x = mt.ones(2, requires_grad=True)
    >>> layers = mt.nn.Sequential(mt.nn.Tanh(), mt.nn.Tanh(), mt.nn.Tanh(), mt.nn.Tanh())
    >>> checkpoint_sequential(layers, 2, x, use_reentrant=False).shape
    torch.Size([2])
    """
    use_reentrant = _decided("checkpoint_sequential", use_reentrant)
    preserve = kwargs.pop("preserve_rng_state", True)
    _no_keywords(kwargs)
    functions = list(functions)
    size = len(functions) // segments
    if size == 0:
        raise ValueError(f"{len(functions)} functions cannot be cut into {segments} segments")
    last = size * (segments - 1)
    for start in range(0, last, size):
        part = _composed(functions[start : start + size])
        input = checkpoint(part, input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return _composed(functions[last:])(input)


def _composed(functions: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def run(x: Any) -> Any:
        for function in functions:
            x = function(x)
        return x

    return run


def _no_keywords(kwargs: dict[str, Any]) -> None:
    if kwargs:
        raise ValueError(f"Unexpected keyword arguments: {','.join(kwargs)}")


@contextlib.contextmanager
def _replayed(state: bytes | None) -> Iterator[None]:
    """The default random stream as it was at `state`, and afterwards as it is now."""
    stream = default_generator.stream
    now = stream.get_state()
    if state is not None:
        stream.set_state(state)
    try:
        yield
    finally:
        if state is not None:
            stream.set_state(now)


# ------------------------------------------------------------ arguments


class _Hole(int):
    """Stands in a structure of arguments for a tensor, by its number."""


def _hollowed(value: Any, tensors: list[Tensor]) -> Any:
    """`value` with a `_Hole` for every tensor in its lists, tuples and dicts; they go to `tensors`."""
    if isinstance(value, Tensor):
        tensors.append(value)
        return _Hole(len(tensors) - 1)
    return _mapped(value, lambda item: _hollowed(item, tensors))


def _filled(value: Any, tensors: Sequence[Tensor]) -> Any:
    if isinstance(value, _Hole):
        return tensors[value]
    return _mapped(value, lambda item: _filled(item, tensors))


def _mapped(value: Any, function: Callable[[Any], Any]) -> Any:
    """A container of the same kind with `function` applied to its items; anything else as it is."""
    if type(value) is dict:
        return {key: function(item) for key, item in value.items()}
    if type(value) in (list, tuple):
        return type(value)(map(function, value))
    return type(value)(*map(function, value)) if hasattr(value, "_fields") else value


class _SaveInputs(Function):
    """Its node keeps the arguments of a checkpointed function as a node keeps any saved tensor.

    So they are checked for writes in place, keep their history, and in a checkpoint inside of
    another are dropped and restored by the outer one.
    """

    @staticmethod
    def forward(ctx: Any, token: Tensor, *tensors: Tensor) -> Tensor:
        ctx.save_for_backward(*tensors)
        return zeros_like(token)


# ------------------------------------------------------------ the two runs


class _Slot:
    """The place of one dropped tensor; alive as long as the node that will ask for it."""

    __slots__ = ("__weakref__", "looks", "position")

    def __init__(self, position: int, tensor: Tensor) -> None:
        self.position, self.looks = position, describe(tensor)


class _Enough(BaseException):
    """All slots are filled: the second run may stop.  No `except Exception` of the user's eats it."""


class _Run:
    """One checkpointed call: how to repeat it, its slots, and what fills them."""

    def __init__(
        self, function: Callable[..., Any], args: Any, kwargs: Any, state: bytes | None, context: Any,
        strict: bool, early_stop: bool,
    ) -> None:  # fmt: skip
        tensors: list[Tensor] = []
        self.function, self.state, self.context = function, state, context
        self.strict, self.early_stop, self.complete = strict, early_stop, False
        self.arguments = _hollowed((args, kwargs), tensors)
        self.inputs = _SaveInputs.apply(zeros((), requires_grad=True), *tensors)
        self.slots: list[weakref.ref[_Slot]] = []
        self.values: dict[int, tuple[Any, int]] = {}
        self.clearing: Any = None

    def drop(self, tensor: Tensor) -> _Slot:
        """Keep the place of a saved tensor instead of the tensor."""
        slot = _Slot(len(self.slots), tensor)
        self.slots.append(weakref.ref(slot))
        return slot

    def restore(self, slot: _Slot) -> Tensor:
        """The tensor of a slot; the first one that is asked for runs the function again."""
        if slot.position not in self.values:
            self.fill()
        value, number = self.values.pop(slot.position)
        write = versions.written_since(value, number)
        if write is not None:
            raise StaleSavedError(
                f"checkpoint: the function saved a tensor, {slot.looks}, for its backward pass, and "
                f"then {write.by} changed it in place. Use the out-of-place form of {write.by}."
            )
        return Tensor._of(value)  # type: ignore[no-any-return]

    def fill(self) -> None:
        """Run the function again, and put what it saves into the slots that are still alive."""
        self._forget_after(running())
        wanted = {i for i, slot in enumerate(self.slots) if slot() is not None}
        places = itertools.count()

        def collect(tensor: Tensor) -> Tensor:
            self._collect(next(places), tensor, wanted)
            return tensor

        with contextlib.suppress(_Enough):
            self._again(collect)
        saved = next(places)
        if wanted or (self.complete and not self.early_stop and saved != len(self.slots)):
            raise CheckpointError(
                "checkpoint: A different number of tensors was saved during the original forward "
                f"({len(self.slots)}) and recomputation ({saved}): the function must do the same when "
                "it is run again. Does it depend on something that has changed, or on chance?"
            )

    def _again(self, collect: Callable[[Tensor], Tensor]) -> None:
        args, kwargs = _filled(self.arguments, self.inputs.grad_fn.saved_tensors)
        hooks = saved_tensors_hooks(collect, lambda tensor: tensor)
        with enable_grad(), _replayed(self.state), hooks, self.context:
            self.function(*args, **kwargs)

    def _collect(self, place: int, tensor: Tensor, wanted: set[int]) -> None:
        if place in wanted:
            self._check(place, tensor)
            self.values[place] = tensor._data, versions.next_number()
            wanted.discard(place)
        if not wanted and self.early_stop:
            raise _Enough

    def _check(self, place: int, tensor: Tensor) -> None:
        slot = self.slots[place]()
        if self.strict and slot is not None and slot.looks != describe(tensor):
            raise CheckpointError(
                "checkpoint: Recomputed values for the following tensors have different metadata than "
                f"during the forward pass: number {place} was {slot.looks} and is now {describe(tensor)}"
            )

    def _forget_after(self, sweep: Any) -> None:
        """What a pass does not use up must not outlive it: the next pass is to see weights as they are."""
        values: dict[int, tuple[Any, int]] = {}
        self.values = values
        if sweep is not None:
            self.clearing = weakref.ref(sweep.owned, lambda _: values.clear())


# ------------------------------------------------------------ the older form


def _reentrant(
    function: Callable[..., Any], args: Any, kwargs: Any, preserve: bool, context_fn: Any, debug: bool
) -> Any:
    _no_keywords(kwargs)
    if context_fn is not noop_context_fn or debug:
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    if is_grad_enabled() and not any(isinstance(a, Tensor) and a.requires_grad for a in args):
        warnings.warn(
            "None of the inputs have requires_grad=True. Gradients will be None", UserWarning, stacklevel=3
        )
    return CheckpointFunction.apply(function, preserve, *args)


class CheckpointFunction(Function):
    """Forward without recording; backward runs forward again, and a backward pass through it.

    That pass ends at the arguments that are tensors, and goes on through those inside of lists and the like.
    """

    @staticmethod
    def forward(ctx: Any, function: Callable[..., Any], preserve: bool, *args: Any) -> Any:
        tensors = [a for a in args if isinstance(a, Tensor)]
        ctx.function = function
        ctx.arguments = [None if isinstance(a, Tensor) else a for a in args]
        ctx.places = [i for i, a in enumerate(args) if isinstance(a, Tensor)]
        ctx.state = default_generator.stream.get_state() if preserve else None
        ctx.save_for_backward(*tensors)
        return function(*args)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Any) -> Any:
        if getattr(running(), "need", None) is not None:
            raise RuntimeError(
                "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an "
                "`inputs` parameter to .backward(): set use_reentrant=False."
            )
        args = list(ctx.arguments)
        for place, t in zip(ctx.places, ctx.saved_tensors, strict=True):
            args[place] = t.detach().requires_grad_(t.requires_grad)
        with enable_grad(), _replayed(ctx.state):
            outputs = ctx.function(*args)
        _pull(outputs if isinstance(outputs, tuple) else (outputs,), grads)
        return None, None, *(a.grad if isinstance(a, Tensor) else None for a in args)


def _pull(outputs: tuple[Any, ...], grads: tuple[Any, ...]) -> None:
    live = [(o, g) for o, g in zip(outputs, grads, strict=True) if isinstance(o, Tensor) and o.requires_grad]
    if not live:
        raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
    backward([o for o, _ in live], [g for _, g in live], False, False)


__getattr__, __dir__ = beside(__name__, "checkpoint_forms")
