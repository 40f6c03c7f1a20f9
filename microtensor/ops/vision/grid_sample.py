"""Images read at places between their elements, and the grids of places that affine maps make.

Spatial transformers are made of both: Jaderberg et al., "Spatial transformer networks" (2015).  Where a place
lies, and which cells are around it, is arithmetic on plain arrays; what has a derivative are the weights of
these cells, which are polynomials in the place's distance from the first of them.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...engine.calls.users_line import users_level
from ...engine.composite import composite
from ...engine.half import widened
from ...engine.tensor import Tensor
from ...errors import scalar_type
from ..joining.cat_split import stack
from .interpolation_weights import mixed_shown_as

__all__ = ["affine_grid", "grid_sample"]

_MODES, _PADDINGS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


@composite("F.grid_sample")
@widened
def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:  # fmt: skip
    """`input` (N, C, H, W) at the places `grid` (N, h, w, 2), (x, y) from -1 to 1: (N, C, h, w).

    Or (N, C, D, H, W) at (N, d, h, w, 3), without "bicubic".  -1 and 1 are the outer elements' centres if
    `align_corners`, else their edges.  Outside are zeros, the border, or the image in a mirror.  Both
    have derivatives of every order, where PyTorch has the first.  Raises ``ValueError`` for an unknown mode,
    and ``RuntimeError`` for shapes and dtypes that do not fit.

    >>> image, places = mt.tensor([[[[1.0, 3.0]]]]), mt.tensor([[[[0.0, 0.0], [-0.5, 0.0]]]])
    >>> mt.nn.functional.grid_sample(image, places, align_corners=False)
    tensor([[[[2., 1.]]]])
    """
    if mode not in _MODES:
        raise ValueError(
            "nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: "
            f"'{mode}'"
        )
    if padding_mode not in _PADDINGS:
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', "
            f"but got: '{padding_mode}'"
        )
    corners = _corners(align_corners)
    _check(input, grid, mode)
    n, c, *size = input.shape
    flat = grid.reshape(n, math.prod(grid.shape[1:-1]), len(size)).permute(2, 0, 1)
    numbers, weights = _cells(flat, tuple(size), mode, padding_mode, corners)
    run = mixed_shown_as(f"GridSampler{len(size)}DBackward0")
    return run(input.reshape(n, c, math.prod(size)), weights, numbers).reshape(n, c, *grid.shape[1:-1])


def _corners(align_corners: bool | None) -> bool:
    if align_corners is None:
        warnings.warn(
            "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. "
            "Please specify align_corners=True if the old behavior is desired. See the documentation of "
            "grid_sample for details.",
            stacklevel=users_level(),
        )
    return bool(align_corners)


def _check(input: Tensor, grid: Tensor, mode: str) -> None:
    shape, places, dims = list(input.shape), list(grid.shape), input.ndim - 2
    about = f"but got input with sizes {shape} and grid with sizes {places}"
    if input.ndim not in (4, 5) or grid.ndim != input.ndim:
        same = "4D or 5D input and grid with same number of dimensions"
        raise RuntimeError(f"grid_sampler(): expected {same}, {about}")
    if shape[0] != places[0]:
        raise RuntimeError(f"grid_sampler(): expected grid and input to have same batch size, {about}")
    if places[-1] != dims:
        raise RuntimeError(f"grid_sampler(): expected grid to have size {dims} in last dimension, {about}")
    if 0 in shape[2:]:
        raise RuntimeError(f"grid_sampler(): expected input to have non-empty spatial dimensions, {about}")
    if mode == "bicubic" and dims == 3:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    if input.dtype != grid.dtype:
        raise RuntimeError(
            f"grid_sampler(): expected scalar type {input.dtype} but found {grid.dtype}: convert the grid"
        )
    if input.dtype.kind != "f":
        raise NotImplementedError(
            f"\"grid_sampler_{dims}d\" not implemented for '{scalar_type(input.dtype)}'"
        )


# ------------------------------------------------------------------------ places and weights


def _cells(grid: Any, size: tuple[int, ...], mode: str, padding: str, corners: bool) -> Any:
    """The numbers of the cells around each place (k, n, p), and their weights."""
    find = {"bilinear": _linear, "nearest": _nearest, "bicubic": _cubic}[mode]
    lines = [find(grid[-1 - axis], m, padding, corners) for axis, m in enumerate(size)]
    number, outside, weights = _product(lines, size)
    count = number.shape[1]
    number += np.arange(count)[:, None] * math.prod(size)
    number[outside] = count * math.prod(size)
    return number, weights


def _product(lines: Any, size: tuple[int, ...]) -> Any:
    """The cells of all dimensions together: those of the first one vary slowest."""
    (number, weights), *rest = lines
    outside = (number < 0) | (number >= size[0])
    for (cell, weight), m in zip(rest, size[1:], strict=True):
        shape = (len(number) * len(cell), *cell.shape[1:])
        outside = (outside[:, None] | (cell < 0) | (cell >= m)).reshape(shape)
        number = (number[:, None] * m + cell).reshape(shape)
        weights = (weights.unsqueeze(1) * weight).reshape(shape)
    return number, outside, weights


def _position(grid: Any, m: int, corners: bool) -> tuple[Any, float]:
    """Coordinates in units of the elements, as an array, and their slope; rounded as PyTorch rounds."""
    x = grid.detach().array
    with np.errstate(all="ignore"):
        if corners:
            return (x + 1) / 2 * (m - 1), (m - 1) / 2
        return ((x + 1) * m - 1) / 2, m / 2


def _reflected(x: Any, m: int, corners: bool) -> tuple[Any, Any]:
    """Coordinates thrown back between the ends, as often as they are met, and the slope."""
    low, span = (0.0, m - 1) if corners else (-0.5, m)
    if not span:
        return x * 0, x * 0
    gone, sign = np.abs(x - low), np.where(x < low, -1, 1)
    with np.errstate(all="ignore"):
        rest, odd = np.fmod(gone, span), np.floor(gone / span) % 2 == 1
    return np.where(odd, span - rest + low, rest + low), np.where(odd, -sign, sign)


def _inside(x: Any, m: int, padding: str, corners: bool) -> tuple[Any, Any]:
    """Coordinates with the padding undone, and by how much they move with the ones given."""
    if padding == "zeros":
        return x, 1
    x, slope = _reflected(x, m, corners) if padding == "reflection" else (x, 1)
    return x.clip(0, m - 1), slope * ((x > 0) & (x < m - 1))


def _whole(x: Any, m: int) -> Any:
    """Whole coordinates as integers; those far outside as some that are outside."""
    return np.where(x == x, x, -4).clip(-4, m + 4).astype(np.int64)


def _offset(grid: Any, slope: Any, value: Any) -> Any:
    """`value`, which moves by `slope` with the grid: exact where it is a whole number."""
    slope = np.asarray(slope, grid.dtype) if np.ndim(slope) else float(slope)
    with np.errstate(invalid="ignore"):
        moved = value - grid.detach().array * slope
        return grid * (Tensor._of(slope) if np.ndim(slope) else slope) + Tensor._of(moved)


def _linear(grid: Any, m: int, padding: str, corners: bool) -> Any:
    x, unit = _position(grid, m, corners)
    x, slope = _inside(x, m, padding, corners)
    first = np.floor(x)
    with np.errstate(invalid="ignore"):
        share = _offset(grid, slope * unit, x - first)
    cell = _whole(first, m)
    return np.stack([cell, cell + 1]), stack([1 - share, share])


def _nearest(grid: Any, m: int, padding: str, corners: bool) -> Any:
    x, _ = _inside(_position(grid, m, corners)[0], m, padding, corners)
    return _whole(np.rint(x), m)[None], _offset(grid, 0.0, np.ones_like(x)).unsqueeze(0)


def _cubic(grid: Any, m: int, padding: str, corners: bool) -> Any:
    """Keys, "Cubic convolution interpolation" (1981), with a = -3/4; the cells are padded one by one."""
    x, unit = _position(grid, m, corners)
    first = np.floor(x)
    with np.errstate(invalid="ignore"):
        t, a = _offset(grid, unit, x - first), -0.75
    near = [((a + 2) * s - (a + 3)) * s * s + 1 for s in (t, 1 - t)]
    far = [((a * s - 5 * a) * s + 8 * a) * s - 4 * a for s in (t + 1, 2 - t)]
    cells = np.stack([_inside(first + k, m, padding, corners)[0] for k in (-1, 0, 1, 2)])
    return _whole(cells, m), stack([far[0], *near, far[1]])


# ------------------------------------------------------------------------------ affine maps


def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """The places that affine maps `theta` (N, 2, 3) move the elements of an image of `size` to: (N, H, W, 2).

    Or (N, 3, 4) for a `size` (N, C, D, H, W): (N, D, H, W, 3).  -1 and 1 are as in `grid_sample`.  Raises
    ``ValueError`` for maps that do not fit the size.

    >>> mt.nn.functional.affine_grid(mt.tensor([[[1.0, 0, 0], [0, 1, 0]]]), (1, 1, 1, 2), align_corners=False)
    tensor([[[[-0.5000,  0.0000],
              [ 0.5000,  0.0000]]]])
    """
    size = tuple(int(n) for n in size)
    _check_maps(theta, size)
    if align_corners and min(size[2:]) == 1:
        warnings.warn(
            "Since version 1.3.0, affine_grid behavior has changed for unit-size grids when "
            "align_corners=True. This is not an intended use case of affine_grid. See the documentation of "
            "affine_grid for details.",
            stacklevel=users_level(),
        )
    corners, dims = _corners(align_corners), len(size) - 2
    lines = [_line(m, corners) for m in size[2:]]
    mesh = [*np.meshgrid(*lines, indexing="ij")[::-1], np.ones(size[2:])]
    base = Tensor._of(np.stack(mesh, -1).reshape(-1, dims + 1).astype(theta.dtype))
    return (base.expand(size[0], -1, -1).bmm(theta.mT)).view(size[0], *size[2:], dims)


def _line(m: int, corners: bool) -> Any:
    line = np.linspace(-1, 1, m) if m > 1 else np.zeros(1)
    return line if corners else line * ((m - 1) / m)


def _check_maps(theta: Tensor, size: tuple[int, ...]) -> None:
    if theta.dtype.kind != "f":
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    dims = len(size) - 2
    if dims not in (2, 3):
        raise NotImplementedError(
            f"affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got "
            f"size {size}."
        )
    if tuple(theta.shape[-2:]) != (dims, dims + 1) or theta.ndim != 3:
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {size}. Got "
            f"{theta.shape}."
        )
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")


_MODES, _BORDERS = ("bilinear", "nearest", "bicubic"), ("zeros", "border", "reflection")


def grid_sampler(
    input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int, align_corners: bool
) -> Tensor:
    """`grid_sample` as PyTorch's kernels are called, with numbers for the modes.

    >>> x, grid = mt.ones(1, 1, 2, 2), mt.zeros(1, 1, 1, 2)
    >>> mt.grid_sampler(x, grid, 0, 0, False)
    tensor([[[[1.]]]])
    """
    return grid_sample(input, grid, _MODES[interpolation_mode], _BORDERS[padding_mode], align_corners)
