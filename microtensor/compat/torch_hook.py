"""Finds and loads a module `torch` that is microtensor's: a copy of this file stands in site-packages.

Written by `python -m microtensor install-as-torch`; `python -m microtensor uninstall-as-torch` removes it.
It is imported when something asks for `torch`, by the finder in the `.pth` file beside it.
"""

from importlib.machinery import ModuleSpec, PathFinder

_SENTENCE = (
    "torch is microtensor in this environment, and microtensor is not installed: install it, or take this "
    "away with `pip uninstall torch`"
)


def find_spec():  # type: ignore[no-untyped-def]
    """The module's spec; None if a package of that name lies on the path."""
    elsewhere = PathFinder.find_spec("torch")
    if elsewhere is not None and elsewhere.origin is not None:
        return None
    return ModuleSpec("torch", _Loader, is_package=True)  # type: ignore[arg-type]


class _Loader:
    """The module is a view of microtensor's, complete when it is made."""

    @staticmethod
    def create_module(spec):  # type: ignore[no-untyped-def]
        try:
            from microtensor.compat.install import torch_module
        except ModuleNotFoundError as error:
            if error.name != "microtensor":
                raise
            # The error carries no module's name: Python would take it for its own and hide the text.
            raise ModuleNotFoundError(_SENTENCE) from None
        return torch_module()

    @staticmethod
    def exec_module(module):  # type: ignore[no-untyped-def]
        pass
