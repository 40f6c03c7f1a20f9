"""What torchvision needs to be imported, and the boxes that `nms` keeps."""

from __future__ import annotations

import pytest
from microtensor.library import ops
from microtensor.library.of_torchvision import nms

import microtensor as mt


def test_its_library_is_not_loaded_but_two_operators_are_there() -> None:
    with pytest.raises(OSError, match="need PyTorch itself"):
        ops.load_library("/site-packages/torchvision/_C.so")
    with pytest.raises(OSError, match="need PyTorch itself"):
        ops.load_library("/site-packages/torchvision/image.so")
    mt.library.register_fake("torchvision::nms", lambda dets, scores, iou_threshold: dets)
    mt.library.register_fake("torchvision::qnms", lambda dets, scores, iou_threshold: dets)
    boxes = mt.tensor([[0.0, 0, 2, 2], [4, 4, 5, 5]])
    assert mt.ops.torchvision.nms(boxes, mt.tensor([0.2, 0.4]), 0.5).tolist() == [1, 0]


def test_boxes_that_overlap_a_better_one_are_dropped() -> None:
    boxes = mt.tensor([[0.0, 0, 2, 2], [0, 0, 2, 1], [0, 0, 2, 2], [3, 3, 4, 4], [1, 1, 1, 1], [1, 1, 1, 1]])
    scores = mt.tensor([0.5, 0.9, 0.5, 0.1, 0.3, 0.2])
    assert nms(boxes, scores, 0.5).tolist() == [1, 0, 4, 5, 3], "half of the union is not more than half"
    assert nms(boxes, scores, 0.49).tolist() == [1, 4, 5, 3]
    assert nms(boxes, scores, 1.0).tolist() == [1, 0, 2, 4, 5, 3], "equal scores stay in their order"
    empty = nms(mt.zeros(0, 4), mt.zeros(0), 0.5)
    assert (empty.dtype, empty.shape) == (mt.int64, (0,))
