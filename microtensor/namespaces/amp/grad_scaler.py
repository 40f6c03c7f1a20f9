"""Loss scaling: gradients that float16 would round to zero are computed of a larger loss.

The scale grows after `growth_interval` steps in a row without infinities, and shrinks, and the step is left
out, when a gradient is infinite or NaN (Micikevicius et al., Mixed Precision Training, 2018).
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from enum import Enum
from typing import Any

import numpy as np

from microtensor import Tensor, no_grad
from microtensor.engine.attributes.dtype_objects import float16

__all__ = ["GradScaler", "OptState"]


class OptState(Enum):
    """What was done with an optimizer since the last `update`."""

    READY = 0
    UNSCALED = 1
    STEPPED = 2


class GradScaler:
    """Scale losses, take the scale out of gradients again, and skip steps whose gradients are not finite.

    `device` is "cpu"; for "cuda", the default as in PyTorch, it warns and is disabled: losses stay as they
    are, and `step` steps.  Optimizers never get the scale: those that are fused in PyTorch as well get
    gradients without it.  Raises ``AssertionError`` for factors that would not grow or not shrink.

    >>> w = mt.nn.Parameter(mt.tensor([1.0]))
    >>> optimizer, scaler = mt.optim.SGD([w], lr=0.5), mt.amp.GradScaler("cpu", init_scale=4.0)
    >>> scaler.scale((2 * w).sum()).backward()
    >>> w.grad
    tensor([8.])
    >>> scaler.step(optimizer)
    >>> scaler.update()
    >>> w.detach(), scaler.get_scale()
    (tensor([0.]), 4.0)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if enabled and device != "cpu":
            warnings.warn(
                f"GradScaler is enabled for {device}, which is not available. Disabling.", stacklevel=2
            )
        self._enabled = bool(enabled) and device == "cpu"
        if self._enabled and growth_factor <= 1.0:
            raise AssertionError(f"The growth factor must be > 1.0, got {growth_factor}")
        if self._enabled and backoff_factor >= 1.0:
            raise AssertionError(f"The backoff factor must be < 1.0, got {backoff_factor}")
        self._device, self._scale, self._growth_tracker = device, float(np.float32(init_scale)), 0
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval, self._started = growth_interval, False
        self._seen: dict[int, tuple[OptState, bool]] = {}

    def scale(self, outputs: Any) -> Any:
        """A tensor times the scale, or each of a list, tuple or iterable of tensors.

        Raises ``ValueError`` for anything else.
        """
        if not self._enabled:
            return outputs
        self._started = True
        return self._scaled(outputs)

    def _scaled(self, outputs: Any) -> Any:
        if isinstance(outputs, Tensor):
            return outputs * Tensor._of(np.asarray(self._scale, np.float32))
        if not isinstance(outputs, Iterable):
            raise ValueError(
                f"outputs must be a Tensor or an iterable of Tensors, got {type(outputs).__name__}"
            )
        parts = map(self._scaled, outputs)
        return type(outputs)(parts) if isinstance(outputs, (list, tuple)) else parts

    def _check_started(self, name: str) -> None:
        if not self._started:
            raise AssertionError(
                f"Attempted {name} but nothing was scaled yet; call scaler.scale(loss) before it"
            )

    def _stage(self, optimizer: Any) -> OptState:
        return self._seen.get(id(optimizer), (OptState.READY, False))[0]

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of an optimizer's parameters by the scale, in place: to clip them, say.

        Raises ``RuntimeError`` the second time before `update`, and after `step`; ``ValueError`` for float16
        gradients, whose parameters should be float32.
        """
        if not self._enabled:
            return
        self._check_started("unscale_")
        if self._stage(optimizer) is OptState.UNSCALED:
            raise RuntimeError(
                "unscale_() has already been called on this optimizer since the last update()."
            )
        if self._stage(optimizer) is OptState.STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        self._seen[id(optimizer)] = OptState.UNSCALED, self._unscaled(_gradients(optimizer))

    def _unscaled(self, gradients: list[Tensor]) -> bool:
        """Take the scale out of gradients; whether one of them was not finite."""
        factor, bad = float(np.float32(1 / self._scale)) if self._scale else float("inf"), False
        with no_grad():
            for gradient in gradients:
                bad |= not bool(gradient.isfinite().all())
                gradient.mul_(factor)
        return bad

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """``optimizer.step(...)`` with unscaled gradients, and None without it if one is not finite.

        Raises ``RuntimeError`` the second time before `update`, and for a closure; ``AssertionError`` if no
        parameter has a gradient.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check_started("step")
        if self._stage(optimizer) is OptState.STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if not _gradients(optimizer):
            raise AssertionError("No inf checks were recorded for this optimizer: it has no gradients")
        if self._stage(optimizer) is OptState.READY:
            self.unscale_(optimizer)
        bad = self._seen[id(optimizer)][1]
        result = None if bad else optimizer.step(*args, **kwargs)
        self._seen[id(optimizer)] = OptState.STEPPED, bad
        return result

    def update(self, new_scale: Any = None) -> None:
        """The next scale: smaller if a gradient was not finite, larger after `growth_interval` good steps.

        With `new_scale`, a number or a tensor of one element, that.  Raises ``AssertionError`` if no
        optimizer's gradients were looked at.
        """
        if not self._enabled:
            return
        self._check_started("update")
        if new_scale is not None:
            self._scale = _scale_of(new_scale)
        elif not self._seen:
            raise AssertionError("No inf checks were recorded prior to update.")
        else:
            self._adapt(any(bad for _, bad in self._seen.values()))
        self._seen = {}

    def _adapt(self, bad: bool) -> None:
        if bad:
            self._scale, self._growth_tracker = _single(self._scale * self._backoff_factor), 0
            return
        self._growth_tracker += 1
        if self._growth_tracker == self._growth_interval:
            grown = _single(self._scale * self._growth_factor)
            self._scale, self._growth_tracker = grown if np.isfinite(grown) else self._scale, 0

    def get_scale(self) -> float:
        """The scale, 1.0 if disabled."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by when it grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by when it grows."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by when a gradient is not finite."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by when a gradient is not finite."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """After how many good steps in a row the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set after how many good steps in a row the scale grows."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Whether losses are scaled."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """The scale, its factors and interval, and the good steps so far; empty if disabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on from a `state_dict`; nothing if disabled.  Raises ``RuntimeError`` for an empty one."""
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled GradScaler."
            )
        self._scale, self._growth_tracker = float(state_dict["scale"]), int(state_dict["_growth_tracker"])
        self._growth_factor, self._backoff_factor = state_dict["growth_factor"], state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]

    def __getstate__(self) -> dict[str, Any]:
        if self._seen:
            raise AssertionError("A GradScaler can be pickled before an iteration, or after update()")
        return self.__dict__.copy() | {"_started": False}


def _single(number: float) -> float:
    """A number as float32 holds it, infinite beyond its range."""
    with np.errstate(over="ignore"):
        return float(np.float32(number))


def _gradients(optimizer: Any) -> list[Tensor]:
    found = [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]
    if any(gradient.dtype is float16 for gradient in found):
        raise ValueError("Attempting to unscale FP16 gradients: keep the parameters float32, under autocast")
    return found


def _scale_of(new_scale: Any) -> float:
    if isinstance(new_scale, float):
        return _single(new_scale)
    if not isinstance(new_scale, Tensor) or new_scale.numel() != 1 or new_scale.requires_grad:
        raise AssertionError("new_scale should be a float or a 1-element tensor with requires_grad=False")
    return float(new_scale.item())
