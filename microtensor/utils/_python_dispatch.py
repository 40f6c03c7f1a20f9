"""PyTorch's ``torch.utils._python_dispatch``, named only: no dispatcher lies below the functions."""

from __future__ import annotations

from typing import Any, NoReturn

from ..engine.tensor import Tensor


class TorchDispatchMode:
    """A ``with`` around PyTorch's dispatcher: its entry raises ``NotImplementedError``."""

    def __enter__(self) -> NoReturn:
        raise NotImplementedError(
            f"{type(self).__name__}: a TorchDispatchMode needs PyTorch's dispatcher; "
            "torch.overrides.TorchFunctionMode sees every call of a function"
        )

    def __exit__(self, *error: object) -> None:
        """Nothing was entered."""


def _get_current_dispatch_mode() -> None:
    """None: there are no modes."""


def _get_current_dispatch_mode_stack() -> list[TorchDispatchMode]:
    """Empty: there are no modes."""
    return []


def is_traceable_wrapper_subclass(t: Any) -> bool:
    """Whether a tensor wraps others as PyTorch's tracers ask it: by its `__tensor_flatten__` and the inverse.

    >>> from microtensor.utils import _python_dispatch
    >>> _python_dispatch.is_traceable_wrapper_subclass(mt.ones(2))
    False
    """
    return isinstance(t, Tensor) and is_traceable_wrapper_subclass_type(type(t))


def is_traceable_wrapper_subclass_type(t: type) -> bool:
    """The same of a class."""
    return issubclass(t, Tensor) and all(
        hasattr(t, name) for name in ("__tensor_flatten__", "__tensor_unflatten__")
    )
