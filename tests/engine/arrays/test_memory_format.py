"""Memory formats: real strides, kept by what keeps them in PyTorch, and the same numbers everywhere."""

from __future__ import annotations

import copy
from typing import Any

import pytest

import microtensor as mt
import microtensor.nn.functional as F
from microtensor.testing import assert_close

LAST, LAST_3D = mt.channels_last, mt.channels_last_3d
SHAPE = (2, 3, 4, 5)
STRIDES = (60, 1, 15, 3)


def image() -> mt.Tensor:
    return mt.rand(*SHAPE).contiguous(memory_format=LAST)


def test_conversions_there_and_back() -> None:
    x = mt.rand(*SHAPE)
    y = x.contiguous(memory_format=LAST)
    assert y.stride() == STRIDES
    assert_close(y, x)
    assert y.is_contiguous(memory_format=LAST)
    assert not y.is_contiguous()
    assert x.is_contiguous(memory_format=mt.contiguous_format)
    assert not x.is_contiguous(memory_format=LAST)
    assert not x.is_contiguous(memory_format=mt.preserve_format)
    assert y.contiguous(memory_format=LAST) is y
    assert y.contiguous().stride() == x.stride()
    assert mt.rand(1, 2, 3, 4, 5).contiguous(memory_format=LAST_3D).stride() == (120, 1, 40, 10, 2)


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x.to(memory_format=LAST), lambda x: x.clone(memory_format=LAST),
        lambda x: mt.clone(x, memory_format=LAST), lambda x: x.double(memory_format=LAST),
        lambda x: x.to(mt.float64, memory_format=LAST), lambda x: x.cpu(memory_format=LAST),
        lambda x: mt.empty(*SHAPE, memory_format=LAST), lambda x: mt.empty_like(x, memory_format=LAST),
        lambda x: mt.zeros_like(x, memory_format=LAST), lambda x: mt.ones_like(x, memory_format=LAST),
        lambda x: mt.full_like(x, 2, memory_format=LAST), lambda x: mt.rand_like(x, memory_format=LAST),
        lambda x: mt.randn_like(x, memory_format=LAST), lambda x: x.type(mt.int32, memory_format=LAST),
        lambda x: mt.randint_like(x, 5, memory_format=LAST),
        lambda x: mt.empty(0).resize_(*SHAPE, memory_format=LAST),
        lambda x: mt.empty(0).resize_as_(image(), memory_format=mt.preserve_format),
    ],
)  # fmt: skip
def test_who_takes_a_format(make: Any) -> None:
    made = make(mt.rand(*SHAPE))
    assert (made.stride(), tuple(made.shape)) == (STRIDES, SHAPE)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x + 1, lambda x: x * mt.ones(3, 1, 1), lambda x: x > 0, mt.relu, lambda x: x.double(),
        lambda x: x.clone(), mt.zeros_like, mt.rand_like, copy.deepcopy, lambda x: mt.where(x > 0, x, 0.0),
        lambda x: x.clamp(min=0), F.gelu, lambda x: F.dropout(x, 0.5), lambda x: x**2, lambda x: x.to("cpu"),
        lambda x: F.batch_norm(x, None, None, training=True), lambda x: F.group_norm(x, 3), F.leaky_relu,
        lambda x: F.conv2d(x, mt.rand(3, 3, 1, 1)), lambda x: F.max_pool2d(x, 1),
        lambda x: F.avg_pool2d(x, 1),
        lambda x: F.interpolate(x, scale_factor=1.0), lambda x: F.pad(x[:, :, :2, :], (0, 0, 1, 1)),
        lambda x: F.max_pool2d(x, 1, return_indices=True)[0], lambda x: F.adaptive_avg_pool2d(x, (4, 5)),
        lambda x: F.conv_transpose2d(x, mt.rand(3, 3, 1, 1)), lambda x: mt.lerp(x, x, 0.5),
        lambda x: mt.cat([x[:, :1], x[:, 1:]], 1),
    ],
)  # fmt: skip
def test_what_keeps_it(function: Any) -> None:
    mt.manual_seed(0)
    x = image()
    assert function(x).stride() == STRIDES


def test_numbers_and_gradients_do_not_depend_on_it() -> None:
    net = mt.nn.Sequential(
        mt.nn.Conv2d(3, 4, 3, padding=1),
        mt.nn.BatchNorm2d(4),
        mt.nn.ReLU(),
        mt.nn.MaxPool2d(2),
        mt.nn.Flatten(),
    )
    net.double()
    twin = copy.deepcopy(net).to(memory_format=LAST)
    x = mt.rand(2, 3, 4, 4, dtype=mt.float64)
    plain, last = net(x), twin(x.to(memory_format=LAST))
    assert_close(last, plain)
    plain.square().sum().backward()
    last.square().sum().backward()
    for p, q in zip(net.parameters(), twin.parameters(), strict=True):
        assert_close(q.grad, p.grad)


def test_a_module_converts_what_has_four_dimensions() -> None:
    net = mt.nn.Sequential(mt.nn.Conv2d(3, 4, 3), mt.nn.Linear(3, 3)).to(mt.float64, memory_format=LAST)
    assert [p.stride() for p in net.parameters()] == [(27, 1, 9, 3), (1,), (3, 1), (1,)]
    assert net[0].weight.dtype == mt.float64
    assert net[0](mt.rand(1, 3, 5, 5, dtype=mt.float64)).is_contiguous(memory_format=LAST)
    with pytest.raises(RuntimeError, match="required rank 4 tensor to use channels_last format"):
        mt.nn.Conv3d(3, 4, 3).to(memory_format=LAST)


def test_the_gradient_of_a_conversion() -> None:
    w = mt.rand(*SHAPE, requires_grad=True)
    (w.contiguous(memory_format=LAST) * 2).sum().backward()
    assert_close(w.grad, mt.full(SHAPE, 2.0))


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: mt.rand(2, 3).contiguous(memory_format=LAST), RuntimeError, "required rank 4 tensor"),
        (lambda: mt.rand(2, 3).to(memory_format=LAST), RuntimeError, "required rank 4 tensor"),
        (lambda: mt.empty(2, 3, 4, memory_format=LAST), RuntimeError, "required rank 4 tensor"),
        (lambda: mt.empty_like(mt.rand(2), memory_format=LAST_3D), RuntimeError, "required rank 5 tensor"),
        (lambda: mt.rand(2).contiguous(memory_format=mt.preserve_format), RuntimeError, "unsupported by the"),
        (lambda: mt.empty(2, memory_format=mt.preserve_format), RuntimeError, "unsupported memory format"),
        (lambda: mt.rand(2).contiguous(memory_format=3), TypeError,
         r"contiguous\(\): argument 'memory_format' must be torch.memory_format, not int"),
        (lambda: mt.nn.Linear(1, 1).to(memory_format="nhwc"), TypeError, "must be torch.memory_format"),
        (lambda: image().view(2, 60), RuntimeError, "view size is not compatible"),
    ],
)  # fmt: skip
def test_refusals(call: Any, error: Any, text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_strides_of_copies_of_any_memory() -> None:
    x = mt.rand(2, 3)
    assert x.T.clone().stride() == (1, 3)
    assert mt.zeros_like(x.T).stride() == (1, 3)
    assert x[:1].expand(4, 3).clone().stride() == (3, 1)
    assert mt.rand(4, 6)[:, ::2].T.clone().stride() == (1, 3)
    assert image()[:1].expand(*SHAPE).clone().stride() == STRIDES
    one = mt.rand(2, 1, 4, 4)
    assert one.contiguous(memory_format=LAST).stride() == (16, 16, 4, 1)
    assert one.to(memory_format=LAST).stride() == (16, 1, 4, 1)


def test_random_numbers_come_in_the_order_of_the_memory() -> None:
    x = image()
    mt.manual_seed(3)
    flat = mt.rand(120)
    mt.manual_seed(3)
    drawn = mt.rand_like(x)
    assert drawn.permute(0, 2, 3, 1).reshape(-1).tolist() == flat.tolist()


def test_memory_that_is_not_there() -> None:
    with pytest.raises(RuntimeError, match="pin_memory=True requires a CUDA or other accelerator backend"):
        mt.zeros(2, pin_memory=True)
    with pytest.raises(RuntimeError, match="tensors are strided here"):
        mt.ones(2, layout="torch.sparse_coo")
    assert mt.zeros(2, layout=mt.strided, pin_memory=False, device="cpu").tolist() == [0.0, 0.0]


def test_an_array_in_rows_is_asked_for() -> None:
    x = image()
    assert mt.empty_like(x, memory_format=mt.contiguous_format).is_contiguous()
    copied = x.clone(memory_format=mt.contiguous_format)
    assert copied.is_contiguous()
    assert copied.tolist() == x.tolist()


def test_channels_that_share_their_memory_are_of_no_format() -> None:
    x = mt.arange(32.0).reshape(2, 1, 4, 4).expand(2, 3, 4, 4)
    pooled = F.max_pool2d(x, 2)
    assert pooled.is_contiguous()
    assert pooled[:, 2].tolist() == [[[5.0, 7.0], [13.0, 15.0]], [[21.0, 23.0], [29.0, 31.0]]]


def test_a_result_that_is_no_ordinary_tensor_keeps_its_layout() -> None:
    """An image with the channels last, and weights that are mapped over."""
    x, weights = image(), mt.rand(4, 2, image().shape[1], 1, 1)
    found = mt.func.vmap(lambda w: F.conv2d(x, w))(weights)
    assert_close(found, mt.stack([F.conv2d(x, w) for w in weights]))
