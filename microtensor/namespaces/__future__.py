"""``torch.__future__``: the switches for conversions of modules."""

from microtensor import _lazy

__getattr__, __dir__ = _lazy.publish(__name__)
