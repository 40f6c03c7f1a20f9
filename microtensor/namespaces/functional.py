"""``torch.functional``: the functions that PyTorch writes in Python, which programs import from here."""

from microtensor import _lazy

__getattr__, __dir__ = _lazy.publish(__name__)
