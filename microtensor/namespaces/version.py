"""What ``torch.version`` says: the version, and that there is no GPU library."""

from __future__ import annotations

from microtensor import __version__

__all__ = ["__version__", "cuda", "debug", "git_version", "hip"]

cuda = hip = None
debug = False
git_version = "unknown"
