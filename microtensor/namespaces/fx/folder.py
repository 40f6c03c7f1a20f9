"""A traced module as a package of Python's: code that can be edited, and files with what it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import microtensor

__all__ = ["write"]


def write(module: Any, folder: Any, name: str, imports: str) -> None:
    """Write ``module.py``, ``__init__.py``, ``state_dict.pt`` and a file for each module inside."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    microtensor.save(module.state_dict(), place / "state_dict.pt")
    lines = [f"import microtensor as torch\n{imports}\n\n\nclass {name}(torch.nn.Module):"]
    lines += ["    def __init__(self):", "        super().__init__()", *_held(module, place)]
    lines += [f"        self.load_state_dict(torch.load({str(place / 'state_dict.pt')!r}))", ""]
    lines += [f"    {line}".rstrip() for line in module.code.strip("\n").split("\n")]
    (place / "module.py").write_text("\n".join(lines) + "\n")
    (place / "__init__.py").write_text("from .module import *\n")


def _held(module: Any, place: Path) -> list[str]:
    """The statements that put back what a module holds."""
    lines = []
    for name, child in module.named_children():
        file = place / f"{name}.pt"
        microtensor.save(child, file)
        lines.append(f"        setattr(self, {name!r}, torch.load({str(file)!r}, weights_only=False))")
    for name, value in [*module._buffers.items(), *module._parameters.items()]:
        shape = f"torch.empty({list(value.shape)}, dtype={value.dtype})"
        if name in module._buffers:
            lines.append(f"        self.register_buffer({name!r}, {shape})")
        else:
            lines.append(f"        setattr(self, {name!r}, torch.nn.Parameter({shape}))")
    return lines
