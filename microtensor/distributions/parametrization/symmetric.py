"""What distributions that are symmetric around a place share."""

from __future__ import annotations

from typing import Any, ClassVar

from .. import constraints
from ..distribution import Distribution
from ..utils import broadcast_all


class Centred(Distribution):
    """A distribution whose mean and mode are its `loc`."""

    loc: Any

    @property
    def mean(self) -> Any:
        """`loc`."""
        return self.loc

    @property
    def mode(self) -> Any:
        """`loc`."""
        return self.loc


class Symmetric(Centred):
    """Real numbers around `loc`, as far from it as `scale` says."""

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def _start(self, loc: Any, scale: Any, validate_args: bool | None) -> None:
        """What a subclass's ``__init__`` does, so that the next one is PyTorch's, that of `Distribution`."""
        self.loc, self.scale = broadcast_all(loc, scale)
        Distribution.__init__(self, self.loc.shape, validate_args=validate_args)
