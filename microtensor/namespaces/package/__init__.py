"""``torch.package``, named only: models are saved as weights, and their code stays code."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["PackageExporter", "PackageImporter"]


class PackageImporter:
    """Raises ``NotImplementedError``: code is installed, and weights are read with `load`."""

    def __init__(self, *args: Any, **options: Any) -> NoReturn:
        raise NotImplementedError(
            "torch.package is not in microtensor: save model.state_dict(), and ship the code as a package"
        )


class PackageExporter(PackageImporter):
    """Raises ``NotImplementedError``: save ``model.state_dict()``, and ship the code as a package."""
