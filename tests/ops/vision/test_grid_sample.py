"""Images read between their elements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

F = mt.nn.functional


def leaf(*shape: int, seed: int = 0, reach: float = 0.8) -> Any:
    data = np.random.default_rng(seed).uniform(-reach, reach, shape)
    return mt.tensor(data, requires_grad=True)


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_a_grid_has_second_derivatives(mode: str, padding: str) -> None:
    operands = leaf(1, 2, 4, 3), leaf(1, 2, 3, 2, seed=1, reach=1.4)

    def read(x: Any, g: Any) -> Any:
        return F.grid_sample(x, g, mode, padding, align_corners=True)

    assert mt.autograd.gradcheck(read, operands)
    assert mt.autograd.gradgradcheck(read, operands)


@pytest.mark.parametrize("corners", [True, False])
def test_the_identity_reads_the_image_itself(corners: bool) -> None:
    image = leaf(2, 3, 5, 4).detach()
    same = mt.eye(2, 3, dtype=mt.float64).expand(2, 2, 3)
    grid = F.affine_grid(same, image.shape, align_corners=corners)
    assert mt.allclose(F.grid_sample(image, grid, align_corners=corners), image)


def test_outside_is_nothing_even_beside_infinity() -> None:
    image = mt.full((1, 1, 2, 2), float("inf"))
    far = mt.tensor([[[[5.0, 5.0], [-1e20, 0.0]]]])
    assert F.grid_sample(image, far, align_corners=False).flatten().tolist() == [0.0, 0.0]


def test_a_batch_of_images_and_of_grids() -> None:
    images, grids = leaf(3, 1, 2, 4, 5).detach(), leaf(3, 1, 3, 3, 2, seed=1).detach()
    one = lambda x, g: F.grid_sample(x, g, align_corners=False)  # noqa: E731
    each = mt.stack([one(x, g) for x, g in zip(images, grids, strict=True)])
    assert mt.allclose(mt.vmap(one)(images, grids), each)
    alone = mt.stack([one(x, grids[0]) for x in images])
    assert mt.allclose(mt.vmap(one, in_dims=(0, None))(images, grids[0]), alone)


def test_the_sentences_of_grid_sample() -> None:
    x, g = mt.zeros(1, 1, 2, 2), mt.zeros(1, 2, 2, 2)
    with pytest.raises(ValueError, match="to be 'bilinear', 'nearest' or 'bicubic', but got: 'o'"):
        F.grid_sample(x, g, "o")
    with pytest.raises(ValueError, match="expected padding_mode to be 'zeros', 'border', or 'reflection'"):
        F.grid_sample(x, g, padding_mode="o")
    with pytest.warns(UserWarning, match="has changed to align_corners=False since 1.3.0"):
        F.grid_sample(x, g)
    with pytest.raises(NotImplementedError, match='"grid_sampler_2d" not implemented for .Long.'):
        F.grid_sample(mt.ones(1, 1, 2, 2).long(), mt.zeros(1, 2, 2, 2).long(), align_corners=False)
    with pytest.raises(RuntimeError, match="type torch.float32 but found torch.float64: convert the grid"):
        F.grid_sample(x, g.double(), align_corners=False)
    with pytest.raises(RuntimeError, match=r"non-empty spatial dimensions, .* sizes \[1, 1, 0, 2\]"):
        F.grid_sample(x[:, :, :0], g, align_corners=False)
    with pytest.raises(RuntimeError, match="4D or 5D input and grid with same number of dimensions"):
        F.grid_sample(x[0], g, align_corners=False)
    with pytest.warns(UserWarning, match="unit-size grids when align_corners=True"):
        F.affine_grid(mt.zeros(1, 2, 3), (1, 1, 1, 2), align_corners=True)
    with pytest.raises(ValueError, match=r"Nx2x3 for size \(1, 1, 2, 2\). Got torch.Size\(\[1, 2, 2\]\)"):
        F.affine_grid(mt.zeros(1, 2, 2), (1, 1, 2, 2), align_corners=False)
