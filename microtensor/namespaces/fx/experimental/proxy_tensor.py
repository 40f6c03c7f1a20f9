"""What libraries ask to know whether PyTorch's dispatcher is recording them: it never is."""

from __future__ import annotations

__all__ = ["get_proxy_mode"]


def get_proxy_mode() -> None:
    """None: nothing is recorded below the functions.

    >>> from microtensor.fx.experimental.proxy_tensor import get_proxy_mode
    >>> print(get_proxy_mode())
    None
    """
