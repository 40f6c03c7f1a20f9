"""Special functions under the names of ``torch.special``.

Those of the gamma and error functions, entropies, modified Bessel functions of the first kind and orthogonal
polynomials are computed by NumPy alone.  The incomplete gamma functions, Airy's and the other Bessel
functions are SciPy's, which is asked for when one of them is called: ``pip install "microtensor[special]"``.
All are differentiable wherever a derivative is known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _lazy

if TYPE_CHECKING:
    from ._public import *

__getattr__, __dir__ = _lazy.publish(__name__)
