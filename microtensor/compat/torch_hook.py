"""Lets `import torch` mean microtensor: a copy of this file stands in site-packages.

Written by `python -m microtensor install-as-torch`; `python -m microtensor uninstall-as-torch` removes it.
Every Python of the environment reads it as it starts, so it imports nothing that is not there already.
"""

import sys


class _Torch:
    """Finder and loader of a module `torch` that is microtensor's, where no package of that name is."""

    @staticmethod
    def find_spec(name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name != "torch":
            return None
        from importlib.machinery import ModuleSpec, PathFinder

        elsewhere = PathFinder.find_spec(name)
        if elsewhere is not None and elsewhere.loader is not None:
            return None
        return ModuleSpec(name, _Torch, is_package=True)  # type: ignore[arg-type]

    @staticmethod
    def create_module(spec):  # type: ignore[no-untyped-def]
        try:
            from microtensor.compat.install import torch_module
        except ModuleNotFoundError as error:
            if error.name != "microtensor":
                raise
            # The error carries no module's name: Python would take it for its own and hide the text.
            raise ModuleNotFoundError(
                "torch is microtensor in this environment, and microtensor is not installed: install it, or "
                "take this away with `pip uninstall torch`"
            ) from None
        return torch_module()

    @staticmethod
    def exec_module(module):  # type: ignore[no-untyped-def]
        """Nothing: what the module shows is there already."""


sys.meta_path.insert(-1, _Torch)
