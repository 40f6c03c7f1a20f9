"""The optimizers that look at a parameter as a whole: at its rows, its columns, its spectrum.

They cannot share vectors as the elementwise ones do (see `pack`), and so each parameter is stepped
by itself, on its array.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...engine.grad_mode import enable_grad
from ...engine.versions import wrote
from ..common.param_groups import Group
from ..common.sparse_gradients import check_sparse
from ..optimizer import Optimizer

Array = np.ndarray[Any, Any]


class Whole(Optimizer):
    """The base: a subclass gives `update`."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; return what `closure` returned, if given."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        self._refuse_complex()
        check_sparse(self)
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    g = p.grad.array
                    self.update(p.array, -g if group.get("maximize") else g, self.state[p], group)
                    wrote(p.array, f"{type(self).__name__}.step")
        return loss

    def _refuse_complex(self) -> None:
        if any(p.is_complex() for group in self.param_groups for p in group["params"]):
            raise RuntimeError(f"{type(self).__name__} does not support complex parameters")

    def update(self, x: Array, g: Array, state: dict[str, Any], group: Group) -> None:
        """One step of a parameter with the values `x`, which are written into."""
        raise NotImplementedError
