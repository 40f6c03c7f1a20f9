"""Programs that print the same with PyTorch and with microtensor, to the digits that are printed.

They lie in ``printed/*.txt``, each under a line ``#: name``: what PyTorch's own tests of automatic
differentiation are about.  ``raises(call, words)`` prints the built-in class of an error, and whether its
text has the words that programs look for.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch: Any = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

PROGRAMS = [
    pytest.param(*block.split("\n", 1), id=f"{path.stem}: {block.splitlines()[0]}")
    for path in sorted((Path(__file__).parent / "printed").glob("*.txt"))
    for block in re.split(r"^#: ", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
]


def raises(call: Any, words: str = "") -> None:
    """Print how a call fails."""
    try:
        call()
    except Exception as error:
        kind = next(base.__name__ for base in type(error).__mro__ if base.__module__ == "builtins")
        print("raises", kind, bool(re.search(words, str(error))))
    else:
        print("no error")


def normalised(text: str) -> str:
    """Addresses without digits, and numbers with three."""
    text = re.sub(r"0x[0-9a-f]+", "0x", text).replace("microtensor", "torch")
    return re.sub(r"-?\d+\.\d+(e[+-]\d+)?", lambda m: f"{float(m.group()) or 0:.3g}", text)


def names(library: Any) -> dict[str, Any]:
    """What a program finds under its short names."""
    auto = library.autograd
    return {
        "torch": library, "np": np, "raises": raises, "nn": library.nn, "F": library.nn.functional,
        "func": library.func, "vmap": library.func.vmap, "fwAD": auto.forward_ad, "Function": auto.Function,
        "Variable": auto.Variable, "checkpoint": library.utils.checkpoint.checkpoint,
        "gradcheck": auto.gradcheck, "gradgradcheck": auto.gradgradcheck,
    }  # fmt: skip


def printed(library: Any, text: str) -> str:
    """What a program prints."""
    library.manual_seed(0)
    out = io.StringIO()
    with warnings.catch_warnings(), contextlib.redirect_stdout(out), library.enable_grad():
        warnings.simplefilter("ignore")
        exec(text, names(library))
    return normalised(out.getvalue())


@pytest.mark.parametrize(("name", "text"), PROGRAMS)
def test_a_program_prints_what_it_prints_with_pytorch(name: str, text: str) -> None:
    import torch.autograd.forward_ad
    import torch.func
    import torch.utils.checkpoint

    ours = re.sub(r"^(\s*from )torch\b", r"\1microtensor", text, flags=re.MULTILINE)
    assert printed(mt, ours) == printed(torch, text)
