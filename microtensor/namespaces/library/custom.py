"""`custom_op`: an operator from one annotated Python function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

from . import registering
from .infer import infer_schema
from .operators import OpOverload, overload, remove

__all__ = ["CustomOpDef", "custom_op", "triton_op", "wrap_triton"]


def custom_op(
    name: str, fn: Callable[..., Any] | None = None, /, *, mutates_args: str | Iterable[str],
    device_types: Any = None, schema: str | None = None, tags: Any = None,
) -> Any:  # fmt: skip
    """An operator of what an annotated function computes, opaque to the rest; a decorator without `fn`.

    Nothing inside is recorded: `CustomOpDef.register_autograd` says how it is differentiated.  The function
    must not return an argument or a view of one.  `mutates_args` names the arguments that it writes to.

    Raises ``ValueError`` for annotations that no schema can say, or a name that is not ``namespace::name``.

    >>> @mt.library.custom_op("example_custom::cube", mutates_args=())
    ... def cube(x: mt.Tensor) -> mt.Tensor:
    ...     return mt.from_numpy(x.numpy() ** 3)
    >>> def setup_context(ctx, inputs, output):
    ...     ctx.save_for_backward(*inputs)
    >>> cube.register_autograd(lambda ctx, g: 3 * ctx.saved_tensors[0] ** 2 * g, setup_context=setup_context)
    >>> x = mt.tensor([2.0], requires_grad=True)
    >>> mt.ops.example_custom.cube(x).backward()
    >>> x.grad
    tensor([12.])
    """

    def made(function: Callable[..., Any]) -> CustomOpDef:
        words = infer_schema(function, mutates_args=mutates_args) if schema is None else schema
        ns, own = registering.parts_of(name)
        return CustomOpDef(ns, own, words, function, device_types, tags or ())

    return made if fn is None else made(fn)


class CustomOpDef:
    """An operator that a program defined: call it, or say more about it."""

    def __init__(
        self, namespace: str, name: str, schema: str, fn: Callable[..., Any], device_types: Any = None,
        tags: Any = (),
    ) -> None:  # fmt: skip
        self._namespace, self._name, self._qualname = namespace, name, f"{namespace}::{name}"
        self._init_fn = fn
        keys = registering._keys(device_types)
        library = registering._fragment(namespace)
        old = next((o for o in library.defined if o.name() == self._qualname), None)
        if old is not None:  # a cell of a notebook that runs again
            library.defined.remove(old)
            remove(old)
        library.define(name + schema, tags=tags)
        self._opoverload: OpOverload = overload(self._qualname)
        self._opoverload.opaque = True
        self._opoverload.kernels.update(dict.fromkeys(keys, fn))

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the operator; ``RuntimeError`` for arguments that its schema does not know."""
        return self._opoverload(*args, **kwargs)

    def register_kernel(self, device_types: Any, fn: Callable[..., Any] | None = None, /) -> Any:
        """Register what it does on devices of these types; a decorator without `fn`."""
        return registering.register_kernel(self, device_types, fn)

    def register_fake(self, fn: Callable[..., Any], /) -> Callable[..., Any]:
        """Register what says the shape and dtype of its results."""
        return registering.register_fake(self, fn)  # type: ignore[no-any-return]

    def register_autograd(
        self, backward: Callable[..., Any], /, *, setup_context: Callable[..., Any] | None = None
    ) -> None:
        """Register how it is differentiated: see `microtensor.library.register_autograd`."""
        registering.register_autograd(self, backward, setup_context=setup_context)

    def register_vmap(self, func: Callable[..., Any] | None = None) -> Any:
        """Register what answers a batch: see `microtensor.library.register_vmap`."""
        return registering.register_vmap(self, func)

    def register_torch_dispatch(self, torch_dispatch_class: Any, fn: Any = None, /) -> Any:
        """Raises ``NotImplementedError``: there is no ``__torch_dispatch__`` here."""
        return registering.register_torch_dispatch(self, torch_dispatch_class, fn)

    def register_autocast(self, device_type: str, cast_inputs: Any) -> None:
        """Raises ``NotImplementedError``: its arguments are not cast."""
        registering.register_autocast(self, device_type, cast_inputs)

    @contextmanager
    def set_kernel_enabled(self, device_type: str, enabled: bool = True) -> Iterator[None]:
        """The length of a ``with`` in which a device's kernel holds, or else the first function."""
        (key,) = registering._keys(device_type)
        kernels = self._opoverload.kernels
        before = dict(kernels)
        if not enabled:
            kernels[key] = self._init_fn
        try:
            yield
        finally:
            kernels.clear()
            kernels.update(before)


def triton_op(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises ``RuntimeError``: Triton's kernels are programs for GPUs."""
    raise RuntimeError("triton_op needs Triton and a GPU: use custom_op with a function on tensors")


def wrap_triton(triton_kernel: Any, /) -> NoReturn:
    """Raises ``RuntimeError``: Triton's kernels are programs for GPUs."""
    triton_op()
