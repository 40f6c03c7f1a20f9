"""``torch.signal.windows``: see `microtensor.creation.signal_windows`."""

from microtensor import _lazy

__getattr__, __dir__ = _lazy.publish(__name__)
