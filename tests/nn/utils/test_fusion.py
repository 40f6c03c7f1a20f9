"""A layer and the batch normalisation after it, as one layer."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor.testing import assert_close


def trained(bn: mt.nn.Module) -> mt.nn.Module:
    with mt.no_grad():
        for tensor in (*bn.parameters(), *[b for b in bn.buffers() if b.is_floating_point()]):
            tensor.uniform_(0.5, 1.5)
    return bn.eval()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("affine", [True, False])
def test_convolutions(bias: bool, affine: bool) -> None:
    x = mt.rand(2, 3, 5, 5)
    conv, bn = mt.nn.Conv2d(3, 4, 3, bias=bias).eval(), trained(mt.nn.BatchNorm2d(4, affine=affine))
    fused = mt.nn.utils.fuse_conv_bn_eval(conv, bn)
    assert_close(fused(x), bn(conv(x)), atol=1e-5)
    assert isinstance(fused.weight, mt.nn.Parameter)
    assert fused.weight is not conv.weight
    turned = mt.nn.ConvTranspose2d(3, 4, 3, bias=bias).eval()
    assert_close(mt.nn.utils.fuse_conv_bn_eval(turned, bn, True)(x), bn(turned(x)), atol=1e-5)


def test_linear_layers() -> None:
    linear, bn, x = mt.nn.Linear(3, 4).eval(), trained(mt.nn.BatchNorm1d(4)), mt.rand(5, 3)
    assert_close(mt.nn.utils.fuse_linear_bn_eval(linear, bn)(x), bn(linear(x)), atol=1e-5)


def test_refusals() -> None:
    bn = mt.nn.BatchNorm1d(2).eval()
    with pytest.raises(AssertionError, match="Fusion only for eval!"):
        mt.nn.utils.fuse_conv_bn_eval(mt.nn.Conv1d(1, 2, 1), bn)
    with pytest.raises(AssertionError, match="must not be None"):
        mt.nn.utils.fuse_linear_bn_eval(
            mt.nn.Linear(1, 2).eval(), mt.nn.BatchNorm1d(2, track_running_stats=False).eval()
        )
    with pytest.raises(AssertionError, match="linear.out_features == bn.num_features"):
        mt.nn.utils.fuse_linear_bn_eval(mt.nn.Linear(1, 3).eval(), bn)


def test_weights_in_another_format() -> None:
    net = mt.nn.Sequential(mt.nn.Conv2d(2, 3, 3), mt.nn.Conv3d(2, 3, 3), mt.nn.Linear(2, 2))
    mt.nn.utils.convert_conv2d_weight_memory_format(net, mt.channels_last)
    assert net[0].weight.is_contiguous(memory_format=mt.channels_last)
    assert net[1].weight.is_contiguous()
    mt.nn.utils.convert_conv3d_weight_memory_format(net, mt.channels_last_3d)
    assert net[1].weight.is_contiguous(memory_format=mt.channels_last_3d)
