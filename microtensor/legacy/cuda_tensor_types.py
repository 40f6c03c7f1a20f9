"""The old classes of tensors on a GPU, ``torch.cuda.FloatTensor``: programs name them, and never make one.

``Tensor = torch.cuda.FloatTensor if torch.cuda.is_available() else torch.FloatTensor`` has to be readable
where there is no GPU.
"""

from __future__ import annotations

from typing import Any

from .tensor_types import ByDtype, __all__


class OnGPU(ByDtype):
    """The class of these types: no tensor is an instance, and none can be made."""

    def __instancecheck__(self, instance: object) -> bool:
        return False

    def __call__(self, *args: Any) -> Any:
        """Raises ``TypeError``."""
        raise TypeError(f"type {self} not available: there is no GPU. Use torch.{self.__name__}")

    @property
    def dtype(self) -> Any:  # type: ignore[override]
        """Raises ``RuntimeError``: a tensor of this type cannot be had."""
        raise RuntimeError(f"{self} is a tensor on a GPU, and there is none. Use torch.{self.__name__}")

    def __repr__(self) -> str:
        return f"<class 'torch.cuda.{self.__name__}'>"

    def __str__(self) -> str:
        return f"torch.cuda.{self.__name__}"


(
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
) = (OnGPU(name, (), {"__doc__": f"A {name} on a GPU: not here."}) for name in __all__)
