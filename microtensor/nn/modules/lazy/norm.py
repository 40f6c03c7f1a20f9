"""Lazy batch and instance norms: each is the ordinary layer behind the mixin of `lazy`."""

from __future__ import annotations

from ..batchnorm import BatchNorm2d, BatchNorm3d
from ..instancenorm import InstanceNorm1d, InstanceNorm2d, InstanceNorm3d
from .mixin import LazyNorm


class LazyBatchNorm2d(LazyNorm, BatchNorm2d):  # type: ignore[misc]
    """A `BatchNorm2d` whose `num_features` is the length of dimension 1 of its first input.

    >>> layer = mt.nn.LazyBatchNorm2d()
    >>> _ = layer(mt.ones(2, 4, 3, 3))
    >>> type(layer).__name__, layer.num_features
    ('BatchNorm2d', 4)
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(LazyNorm, BatchNorm3d):  # type: ignore[misc]
    """A `BatchNorm3d` whose `num_features` is the length of dimension 1 of its first input.

    >>> layer = mt.nn.LazyBatchNorm3d()
    >>> _ = layer(mt.ones(2, 4, 3, 3, 3))
    >>> type(layer).__name__, layer.num_features
    ('BatchNorm3d', 4)
    """

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(LazyNorm, InstanceNorm1d):  # type: ignore[misc]
    """An `InstanceNorm1d` whose `num_features` is the length of dimension 1 of its first input.

    >>> layer = mt.nn.LazyInstanceNorm1d()
    >>> _ = layer(mt.ones(2, 4, 3))
    >>> type(layer).__name__, layer.num_features
    ('InstanceNorm1d', 4)
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(LazyNorm, InstanceNorm2d):  # type: ignore[misc]
    """An `InstanceNorm2d` whose `num_features` is the length of dimension 1 of its first input.

    >>> layer = mt.nn.LazyInstanceNorm2d()
    >>> _ = layer(mt.ones(2, 4, 3, 3))
    >>> type(layer).__name__, layer.num_features
    ('InstanceNorm2d', 4)
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(LazyNorm, InstanceNorm3d):  # type: ignore[misc]
    """An `InstanceNorm3d` whose `num_features` is the length of dimension 1 of its first input.

    >>> layer = mt.nn.LazyInstanceNorm3d()
    >>> _ = layer(mt.ones(2, 4, 3, 3, 3))
    >>> type(layer).__name__, layer.num_features
    ('InstanceNorm3d', 4)
    """

    cls_to_become = InstanceNorm3d
