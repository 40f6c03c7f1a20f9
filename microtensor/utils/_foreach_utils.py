"""PyTorch's ``torch.utils._foreach_utils``: how optimizers of other libraries sort their lists of tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from ..engine.attributes.dtype_objects import dtype
from ..engine.size_device import device
from ..engine.tensor import Tensor

TensorListList: TypeAlias = Sequence[Sequence[Tensor | None]]
Indices: TypeAlias = list[int]
_foreach_supported_types: list[type] = [Tensor]


def _require_whole(lists: TensorListList) -> None:
    """``RuntimeError`` for lists of several lengths; empty ones are left out."""
    lengths = sorted({len(row) for row in lists if row})
    if len(lengths) > 1:
        raise RuntimeError(f"lists of one length, or empty ones, were expected, not of {lengths} tensors")


def _group_tensors_by_device_and_dtype(
    tensorlistlist: TensorListList, with_indices: bool = False
) -> dict[tuple[device, dtype], tuple[list[list[Tensor | None]], Indices]]:
    """Lists of the same length, parted by device and dtype of the first list's tensors.

    Each part holds its piece of every list, and with `with_indices` the places where they stood.  Tensors
    are not copied: what is written to them is seen in the lists given.

    >>> from microtensor.utils import _foreach_utils
    >>> x, y = mt.ones(2), mt.ones(2, dtype=mt.float64)
    >>> parts = _foreach_utils._group_tensors_by_device_and_dtype([[x, y, x]], with_indices=True)
    >>> parts[x.device, mt.float32][1]
    [0, 2]
    """
    _require_whole(tensorlistlist)
    places: dict[tuple[device, dtype], Indices] = {}
    for place, tensor in enumerate(tensorlistlist[0]):
        if tensor is None:
            raise RuntimeError(
                "Tensors of the first list of nested Tensor lists are supposed to be defined but the "
                f"{place}-th Tensor is not."
            )
        places.setdefault((tensor.device, tensor.dtype), []).append(place)
    return {
        key: (
            [[row[i] for i in found] if row else [] for row in tensorlistlist],
            found if with_indices else [],
        )
        for key, found in places.items()
    }


def _get_foreach_kernels_supported_devices() -> list[str]:
    """The devices besides the CPU that run a list as one piece of work, as PyTorch names them."""
    return ["cuda", "xpu", "mtia", "privateuseone"]


def _get_fused_kernels_supported_devices() -> list[str]:
    """The devices that run a whole step of an optimizer as one piece of work, as PyTorch names them."""
    return ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]


def _device_has_foreach_support(device: device) -> bool:
    """Whether ``torch._foreach_*`` takes tensors of a device."""
    return device.type in [*_get_foreach_kernels_supported_devices(), "cpu"]


def _has_foreach_support(tensors: Sequence[Tensor | None], device: device) -> bool:
    """Whether ``torch._foreach_*`` takes these: None, and tensors that are no subclass."""
    return _device_has_foreach_support(device) and all(
        tensor is None or type(tensor) in _foreach_supported_types for tensor in tensors
    )
