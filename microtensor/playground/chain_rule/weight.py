"""One weight and one point: what `why` is asked about."""

from __future__ import annotations

from dataclasses import dataclass

from ...engine.tensor import Tensor
from ..trainer import Trainer

__all__ = ["Weight"]


@dataclass(frozen=True)
class Weight:
    """The weight of a unit of a layer for one of its inputs, and one of the points trained on; all from 0."""

    layer: int
    unit: int
    source: int
    sample: int

    def checked(self, trainer: Trainer) -> Weight:
        """Itself; raises ``ValueError`` if a network or its data has no such weight or point."""
        count = len(trainer.blocks)
        rows, columns = trainer.blocks[self.layer].weight.shape if 0 <= self.layer < count else (0, 0)
        if not (0 <= self.unit < rows and 0 <= self.source < columns):
            raise ValueError(
                f"there is no weight {self.unit}, {self.source} in layer {self.layer} of {count}"
            )
        if not 0 <= self.sample < len(trainer.train.x):
            raise ValueError(f"there is no point {self.sample}: expected 0 to {len(trainer.train.x) - 1}")
        return self

    def of(self, trainer: Trainer) -> Tensor:
        """The weight itself, a tensor of one number."""
        return trainer.blocks[self.layer].weight[self.unit, self.source]
