"""Data sets that need no network: drawn from formulas, or small enough to lie beside this file.

The drawn ones return ``(x, y)``, inputs and what is to be learned, and take `seed`: equal seeds give equal
data.  Where the bundled ones come from stands in ``data/SOURCES.md``.

    x, y = datasets.moons(200)
    loader = DataLoader(TensorDataset(*datasets.digits()), batch_size=32, shuffle=True)
"""

from .bundled import digits, sonnets
from .drawn import circles, moons, sine, spirals

__all__ = ["circles", "digits", "moons", "sine", "sonnets", "spirals"]
