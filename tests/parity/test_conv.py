"""Layers that look through windows against PyTorch's: signatures, reprs, state, values, gradients, errors."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn
from microtensor._names import PACKAGES

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

FILES = ("conv", "padding", "pooling.windows", "channelshuffle", "fold", "pixelshuffle", "upsampling")
NAMES = ["LocalResponseNorm"]
NAMES += [name for file in FILES for name in PACKAGES["nn"][f"nn.modules.{file}"].split()]
FUNCTIONS = [
    "interpolate", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_unpool1d", "max_unpool2d",
    "max_unpool3d", "pad", "unfold", "fold", "upsample", "upsample_nearest", "upsample_bilinear",
    "local_response_norm", "adaptive_avg_pool2d", "adaptive_avg_pool3d",
]  # fmt: skip


def parameters_of(function: Any) -> list[tuple[str, Any, Any]]:
    found = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, p.default) for p in found if p.name != "self"]


@pytest.mark.parametrize("name", NAMES)
def test_layers_take_the_same_arguments(name: str) -> None:
    ours, theirs = getattr(nn, name), getattr(torch.nn, name)
    assert parameters_of(ours) == parameters_of(theirs)
    assert parameters_of(ours.forward) == parameters_of(theirs.forward)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_take_the_same_arguments(name: str) -> None:
    ours, theirs = (parameters_of(getattr(t.nn.functional, name)) for t in (mt, torch))
    assert ours == theirs


SHAPES = {1: (2, 4, 12), 2: (2, 4, 9, 8), 3: (1, 2, 5, 6, 4)}
LAYERS: list[tuple[int, str]] = [
    (1, "Conv1d(4, 6, 3)"),
    (1, "Conv1d(4, 6, 3, padding='same', bias=False)"),
    (1, "Conv1d(4, 6, 3, 2, 2, 2, 2, padding_mode='circular')"),
    (2, "Conv2d(4, 6, 3)"),
    (2, "Conv2d(4, 6, (3, 2), 2, 1, 2, 2, False, 'reflect')"),
    (2, "Conv2d(4, 8, 3, padding=(2, 1), groups=4, padding_mode='replicate')"),
    (2, "Conv2d(4, 6, (2, 3), padding='same', padding_mode='circular', dilation=(2, 1))"),
    (2, "Conv2d(4, 6, 3, padding='valid', padding_mode='reflect')"),
    (2, "Conv2d(4, 6, 1)"),
    (3, "Conv3d(2, 3, 2, padding=1)"),
    (1, "ConvTranspose1d(4, 3, 3, 2, 1, 1)"),
    (2, "ConvTranspose2d(4, 6, 3, 2, 1, 1, 2, False, 2)"),
    (2, "ConvTranspose2d(4, 6, (2, 3))"),
    (3, "ConvTranspose3d(2, 3, 2, stride=2)"),
    (1, "MaxPool1d(2)"),
    (1, "MaxPool1d(3, 2, 1, 2, False, True)"),
    (2, "MaxPool2d(2)"),
    (2, "MaxPool2d((3, 2), 1, (1, 0), ceil_mode=True)"),
    (3, "MaxPool3d(2, padding=1)"),
    (1, "AvgPool1d(3, 2, 1, True, False)"),
    (2, "AvgPool2d(2)"),
    (2, "AvgPool2d((3, 2), (2, 1), (1, 0), True, False, 5)"),
    (3, "AvgPool3d(2)"),
    (1, "LPPool1d(2, 3)"),
    (2, "LPPool2d(2, (3, 2), 2, True)"),
    (3, "LPPool3d(2., 2)"),
    (1, "AdaptiveAvgPool1d(5)"),
    (2, "AdaptiveAvgPool2d((None, 3))"),
    (3, "AdaptiveAvgPool3d((2, 3, 3))"),
    (1, "AdaptiveMaxPool1d(5)"),
    (2, "AdaptiveMaxPool2d((3, None))"),
    (3, "AdaptiveMaxPool3d(2)"),
    *[(d, f"ConstantPad{d}d(1, 1.5)") for d in (1, 2, 3)],
    *[(d, f"ZeroPad{d}d({(1, -1) * d})") for d in (1, 2, 3)],
    *[(d, f"{kind}Pad{d}d(1)") for kind in ("Reflection", "Replication", "Circular") for d in (1, 2, 3)],
    (1, "Upsample(7)"),
    (1, "Upsample(scale_factor=1.5, mode='linear')"),
    (2, "Upsample(scale_factor=(2, 1.5), mode='bilinear', align_corners=True)"),
    (2, "Upsample(None, 1.5, 'bicubic', False, True)"),
    (2, "UpsamplingNearest2d(scale_factor=2)"),
    (2, "UpsamplingBilinear2d((5, 7))"),
    (2, "PixelShuffle(2)"),
    (1, "PixelUnshuffle(1)"),
    (2, "ChannelShuffle(2)"),
    (2, "Unfold((2, 3), padding=1, stride=2)"),
    (1, "Fold((4, 5), (2, 2))"),
    (2, "LocalResponseNorm(3, 0.1, 0.6, 2.0)"),
    (2, "Sequential(torch.nn.Conv2d(4, 6, 3), torch.nn.ReLU(), torch.nn.MaxPool2d(2), torch.nn.Flatten())"),
]


def make(library: Any, text: str) -> Any:
    library.manual_seed(3)
    return eval(f"torch.nn.{text}", {"torch": library})


def run(library: Any, layer: Any, data: Any) -> list[Any]:
    """What a layer gives, the gradients, and theirs: as arrays."""
    x = library.tensor(data, requires_grad=True)
    out = layer(x)
    inputs = [x, *layer.parameters()]
    weights = library.tensor(np.random.default_rng(2).normal(size=tuple(out.shape)).astype(np.float32))
    first = library.autograd.grad((out * weights).sum() + (out * out).sum(), inputs, create_graph=True)
    second = library.autograd.grad(sum((g * g).sum() for g in first), inputs)
    return [a.detach().numpy() for a in (out, *first, *second)]


def close(ours: Any, theirs: Any) -> None:
    assert ours.shape == theirs.shape
    assert ours.dtype == theirs.dtype
    scale = max(1.0, float(np.abs(theirs).max(initial=0)))
    np.testing.assert_allclose(ours, theirs, rtol=1e-5, atol=2e-6 * scale)


@pytest.mark.filterwarnings("ignore:Using padding='same':UserWarning")
@pytest.mark.parametrize(("dims", "text"), LAYERS, ids=[text for _, text in LAYERS])
def test_layers(dims: int, text: str) -> None:
    ours, theirs = make(mt, text), make(torch, text)
    assert repr(ours) == repr(theirs)
    data = np.random.default_rng(1).normal(size=SHAPES[dims]).astype(np.float32)
    mine, other = ours.state_dict(), theirs.state_dict()
    assert list(mine) == list(other)
    for name in mine:  # the same seed draws the same weights
        np.testing.assert_allclose(mine[name].numpy(), other[name].numpy(), rtol=1e-6, atol=1e-7)
    for a, b in zip(run(mt, ours, data), run(torch, theirs, data), strict=True):
        close(a, b)


@pytest.mark.parametrize("text", [text for _, text in LAYERS if text.startswith("Conv")])
def test_state_goes_both_ways(text: str) -> None:
    ours, theirs = make(mt, text), make(torch, text)
    with torch.no_grad():
        for p in theirs.parameters():
            p.mul_(2)
    ours.load_state_dict(theirs.state_dict())
    for name, value in theirs.state_dict().items():
        assert np.array_equal(ours.state_dict()[name].numpy(), value.numpy())
    with mt.no_grad():
        for p in ours.parameters():
            p.add_(1)
    theirs.load_state_dict(
        {name: torch.from_numpy(a.numpy().copy()) for name, a in ours.state_dict().items()}
    )
    for name, value in ours.state_dict().items():
        assert np.array_equal(theirs.state_dict()[name].numpy(), value.numpy())


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_pooling_with_indices_and_back(dims: int) -> None:
    data = np.random.default_rng(1).normal(size=SHAPES[dims]).astype(np.float32)
    found = []
    for library in (mt, torch):
        layers = library.nn
        pool = getattr(layers, f"MaxPool{dims}d")(3, 2, 1, return_indices=True)
        unpool = getattr(layers, f"MaxUnpool{dims}d")(3, 2, 1)
        x = library.tensor(data, requires_grad=True)
        largest, indices = pool(x)
        out = unpool(largest, indices, output_size=x.shape)
        (out * out).sum().backward()
        adaptive = getattr(layers, f"AdaptiveMaxPool{dims}d")(3, return_indices=True)
        texts = [repr(pool), repr(unpool), repr(adaptive)]
        found.append((texts, [a.detach().numpy() for a in (largest, indices, out, x.grad, *adaptive(x))]))
    assert found[0][0] == found[1][0]
    for a, b in zip(found[0][1], found[1][1], strict=True):
        close(a, b)


@pytest.mark.parametrize("size", [None, (8,), (9, 9), (8, 8), (7, 8), (1, 2, 8, 7), (1, 2, 3, 9)])
def test_the_size_of_a_transposed_convolution(size: Any) -> None:
    answers = []
    for library in (mt, torch):
        try:
            layer = library.nn.ConvTranspose2d(2, 4, 3, stride=2)
            answers.append(tuple(layer(library.ones(1, 2, 3, 3), output_size=size).shape))
        except ValueError:
            answers.append(ValueError)
    assert answers[0] == answers[1]


@pytest.mark.parametrize(
    "text",
    [
        "Conv2d(2, 4, 3, groups=3)",
        "Conv2d(2, 3, 3, groups=2)",
        "Conv2d(2, 4, 3, groups=0)",
        "Conv2d(2, 4, 3, padding='other')",
        "Conv2d(2, 4, 3, padding='same', stride=2)",
        "Conv2d(2, 4, 3, padding_mode='other')",
        "ConvTranspose2d(2, 4, 3, padding_mode='reflect')",
        "Conv2d(2, 4, 3)(torch.ones(2, 2))",
        "Conv2d(2, 4, (3, 3, 3))(torch.ones(1, 2, 4, 4))",
        "Conv2d(2, 4, 3)(torch.ones(1, 3, 4, 4))",
    ],
)
def test_errors(text: str) -> None:
    with pytest.raises((ValueError, RuntimeError)) as theirs:
        make(torch, text)
    with pytest.raises(theirs.type):
        make(mt, text)


def test_training_a_network_gives_the_same_losses() -> None:
    data = np.random.default_rng(0).normal(size=(8, 1, 12, 12)).astype(np.float32)

    def train(library: Any) -> list[float]:
        library.manual_seed(0)
        layers = library.nn
        model = layers.Sequential(
            layers.Conv2d(1, 4, 3, padding=1), layers.ReLU(), layers.MaxPool2d(2),
            layers.Conv2d(4, 6, 3, stride=2), layers.Tanh(), layers.AvgPool2d(2), layers.Flatten(),
            layers.Linear(6, 3),
        )  # fmt: skip
        optimizer = library.optim.Adam(model.parameters(), lr=0.01)
        x, y = library.tensor(data), library.tensor([0, 1, 2, 0, 1, 2, 0, 1])
        losses = []
        for _ in range(12):
            optimizer.zero_grad()
            loss = layers.functional.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        return losses

    ours, theirs = train(mt), train(torch)
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)
    assert ours[-1] < ours[0]


def test_an_image_of_every_memory_layout() -> None:
    """Convolution reads what a tensor says, however it lies in memory."""
    data = np.random.default_rng(0).normal(size=(9, 8, 4, 2))
    x = mt.tensor(data).permute(3, 2, 0, 1)
    w = mt.tensor(np.random.default_rng(1).normal(size=(3, 4, 2, 3))).transpose(2, 3)
    found = mt.conv2d(x, w)
    expected = torch.conv2d(torch.tensor(x.numpy().copy()), torch.tensor(w.numpy().copy()))
    np.testing.assert_allclose(found.numpy(), expected.numpy(), rtol=1e-12)
