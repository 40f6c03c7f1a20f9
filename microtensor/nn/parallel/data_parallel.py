"""A model for several GPUs, where there are none: it runs the model itself."""

from __future__ import annotations

from typing import Any

from ..modules.module import Module

__all__ = ["DataParallel"]


class DataParallel(Module):
    """Runs `module`, which it holds under that name: names in a state dict begin with ``module.``.

    The other arguments choose GPUs and are not looked at; `device_ids` is empty.

    >>> model = mt.nn.DataParallel(mt.nn.Linear(2, 1))
    >>> list(model.state_dict()), model.module
    (['module.weight', 'module.bias'], Linear(in_features=2, out_features=1, bias=True))
    """

    def __init__(
        self, module: Module, device_ids: Any = None, output_device: Any = None, dim: int = 0
    ) -> None:
        super().__init__()
        self.module = module
        self.device_ids: list[int] = []

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Whatever the module gives."""
        return self.module(*inputs, **kwargs)
