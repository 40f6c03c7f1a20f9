"""The operators without which torchvision cannot be imported, though its compiled library is not loaded.

Torchvision registers shapes for `nms` and `qnms` whether its library could be loaded or not.  With these two
its Python half runs: transforms, models, data sets.  What calls the others says that they are missing.
"""

from __future__ import annotations

import numpy as np

from microtensor import Tensor, from_numpy

from .operators import namespace
from .registering import define, impl

__all__ = ["NAME", "define_operators"]

NAME = "torchvision"
_SCHEMAS = {
    "nms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms": "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
}


def define_operators() -> None:
    """Define them, if that has not been done."""
    if "nms" not in namespace(NAME).packets:
        for name, schema in _SCHEMAS.items():
            define(f"{NAME}::{name}", schema)
        impl(f"{NAME}::nms", "cpu", nms)


def nms(dets: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """The indices of the boxes that stay, by falling score: each drops those that overlap it too much.

    Boxes are rows of ``x1, y1, x2, y2``; the threshold is for the area in common by that of the union.
    """
    boxes = dets.detach().numpy()
    left = np.argsort(-scores.detach().numpy(), kind="stable")
    kept = []
    while left.size:
        best, left = left[0], left[1:]
        kept.append(best)
        left = left[_overlap(boxes[best], boxes[left]) <= iou_threshold]
    return from_numpy(np.array(kept, dtype=np.int64))


def _overlap(box: np.ndarray, others: np.ndarray) -> np.ndarray:
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    common = np.maximum(high - low, 0).prod(1)
    areas = (others[:, 2:] - others[:, :2]).prod(1)
    with np.errstate(invalid="ignore"):  # boxes without an area: NaN is more than no threshold
        shares: np.ndarray = common / ((box[2:] - box[:2]).prod() + areas - common)
    shares[np.isnan(shares)] = 0
    return shares
