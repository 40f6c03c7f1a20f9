"""``torch.return_types``: the classes of results of several tensors, for who asks ``isinstance``."""

from microtensor import _lazy

__getattr__, __dir__ = _lazy.publish(__name__)
