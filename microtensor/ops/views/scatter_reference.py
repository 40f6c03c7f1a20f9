"""What ops that scatter must give, by counting: the reference of their tests."""

from __future__ import annotations

from typing import Any

import numpy as np


def scatter_reference(x: Any, shape: tuple[int, ...], look: Any) -> Any:
    """What a scattering op must give: each element counted into the place that `look` finds."""
    places = look(np.arange(int(np.prod(shape))).reshape(shape))
    parts = [np.bincount(places.ravel(), p.ravel(), int(np.prod(shape))) for p in (x.real, x.imag)]
    return (parts[0] + 1j * parts[1] if x.dtype.kind == "c" else parts[0]).reshape(shape)
