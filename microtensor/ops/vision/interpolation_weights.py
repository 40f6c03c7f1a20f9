"""Weighted sums of a few cells of a field, where weights and cells differ from place to place.

One trilinear form, of a field, the weights and what is made of both, with three ops that each leave one of
the three out: each one's derivatives are the other two.  `grid` finds the weights and the cells.

A cell is told by its number in the field of the whole batch, ``n * cells + cell``; the number after the last
one stands for what lies outside, which is 0 and takes what it is given.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case, registry

_NUMBERS = np.array([[[0, 3], [4, 9]], [[2, 12], [11, 8]], [[2, 2], [6, 7]]])
"""Three cells for each of two places, of two examples with six cells each."""


def _channels_first(x: Any) -> Any:
    """(n, c, s) as (c, n * s)."""
    n, c, s = x.shape
    return x.transpose(1, 0, 2).reshape(c, n * s)


def _with_outside(x: Any) -> Any:
    """The field of the whole batch, and a 0 after it."""
    out = np.zeros((x.shape[1], len(x) * x.shape[2] + 1), x.dtype)
    out[:, :-1] = _channels_first(x)
    return out


def _mixed(x: Any, w: Any, /, numbers: Any) -> Any:
    """Sums over k of ``w[k, n, p]`` times the cell ``numbers[k, n, p]`` of `x`: (n, c, s) to (n, c, p).

    >>> from microtensor.ops.vision.interpolation_weights import mixed
    >>> mixed(mt.tensor([[[1.0, 5.0]]]), mt.tensor([[[0.5]], [[2.0]]]), np.array([[[0]], [[1]]]))
    tensor([[[10.5000]]])
    """
    wide, (k, n, p) = _with_outside(x), numbers.shape
    out = np.zeros((x.shape[1], n * p), x.dtype)
    for one, share in zip(numbers.reshape(k, n * p), w.reshape(k, n * p), strict=True):
        part = wide.take(one, axis=1)
        part *= share
        out += part
    return np.ascontiguousarray(out.reshape(x.shape[1], n, p).transpose(1, 0, 2))


def _by_matrix(x: Any, w: Any, numbers: Any) -> Any:
    """The cells that each place reads, as a matrix of zeros and ones: (k, n, p, n, s)."""
    ones = (numbers[..., None] == np.arange(x.shape[0] * x.shape[2])).astype(float)
    return np.einsum("ncs,kmp,kmpns->mcp", x, w, ones.reshape(*numbers.shape, len(x), x.shape[2]))


_MIXED: dict[str, Any] = {
    "x": lambda g, w, x_shape, numbers: given_back(g, w, numbers, x_shape[2]),
    "w": lambda g, x, numbers: agreement(g, x, numbers),
    "name": "mixed_cells",
    "promote": False,
    "samples": [
        case((2, 3, 6), (3, 2, 2), numbers=_NUMBERS),
        case((1, 2, 3), (1, 1, 0), numbers=np.zeros((1, 1, 0), int)),
    ],
    "reference": _by_matrix,
}


@lru_cache
def mixed_shown_as(node: str) -> Any:
    """`mixed` under the name that PyTorch's graph shows for one of its uses."""
    found = registry.get("mixed_cells")
    made = op(_mixed, node=node, **_MIXED)
    registry["mixed_cells"] = found or registry["mixed_cells"]
    return made


mixed = mixed_shown_as("GridSampler2DBackward0")


@op(
    given=lambda g, w, numbers: mixed(g, w, numbers),
    w=lambda g, given, numbers: agreement(given, g, numbers),
    name="cells_given_back",
    wide=True, samples=[case((2, 3, 2), (3, 2, 2), numbers=_NUMBERS, cells=6)],
    reference=lambda g, w, numbers, cells: _one_by_one(g, w, numbers, cells),
    node="GridSamplerBackward0",
    promote=False,
)  # fmt: skip
def given_back(given: Any, w: Any, /, numbers: Any, cells: int) -> Any:
    """The adjoint of `mixed` in the field: each cell gets what the places that read it were given.

    >>> from microtensor.ops.vision.interpolation_weights import given_back
    >>> given_back(mt.tensor([[[2.0, 3.0]]]), mt.ones(1, 1, 2), np.array([[[1, 1]]]), 2)
    tensor([[[0., 5.]]])
    """
    n, c = given.shape[:2]
    flat, many = numbers.reshape(-1), n * cells
    parts = [np.bincount(flat, (w * given[:, j]).reshape(-1), many + 1)[:many] for j in range(c)]
    out = np.array(parts, given.dtype).reshape(c, n, cells)
    return np.ascontiguousarray(out.transpose(1, 0, 2))


def _one_by_one(g: Any, w: Any, numbers: Any, cells: int) -> Any:
    out = np.zeros((g.shape[1], len(g) * cells + 1))
    for k, n, p in np.ndindex(numbers.shape):
        out[:, numbers[k, n, p]] += w[k, n, p] * g[n, :, p]
    return out[:, :-1].reshape(g.shape[1], len(g), cells).transpose(1, 0, 2)


@op(
    given=lambda g, x, numbers: mixed(x, g, numbers),
    x=lambda g, given, x_shape, numbers: given_back(given, g, numbers, x_shape[2]),
    name="agreement_of_cells",
    wide=True, samples=[case((2, 3, 2), (2, 3, 6), numbers=_NUMBERS)],
    reference=lambda g, x, numbers: (g * _with_outside(x)[:, numbers].transpose(1, 2, 0, 3)).sum(2),
    node="GridSamplerBackward0",
    promote=False,
)  # fmt: skip
def agreement(given: Any, x: Any, /, numbers: Any) -> Any:
    """The adjoint of `mixed` in the weights: a place's numbers times a cell's, summed over channels.

    >>> from microtensor.ops.vision.interpolation_weights import agreement
    >>> agreement(mt.tensor([[[2.0]]]), mt.tensor([[[3.0, 4.0]]]), np.array([[[1]]]))
    tensor([[[8.]]])
    """
    wide, flat = _with_outside(x), _channels_first(given)
    rows = [np.einsum("cp,cp->p", wide.take(one.reshape(-1), axis=1), flat) for one in numbers]
    return np.array(rows, given.dtype).reshape(numbers.shape)


__all__ = ["agreement", "given_back", "mixed", "mixed_shown_as"]
