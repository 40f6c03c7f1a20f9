"""The types of Tensor's methods, for type checkers and editors, which cannot see them arrive at run time.

    python .ci/method_types.py           write ``microtensor/engine/_tensor_methods.pyi``
    python .ci/method_types.py --check   exit with 1 if that would change it

A method is taken down with its parameters. Its result is what its annotation says; a Tensor if it is an op,
since no op with several results is public, or an operation in place; and for those of `ONE_TENSOR`, which are
annotated as ``Any``, a Tensor as well, to which a test holds them. Any other method stays ``Any``.
"""

from __future__ import annotations

import ast
import inspect
import keyword
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import microtensor as mt  # noqa: E402 - the path is set above

_ONE_TENSOR = """
    addbmm addmv addr all amax amin any argmax argmin argwhere as_strided_scatter corrcoef count_nonzero cov
    cross cumprod cumsum deg2rad diag_embed diagflat diagonal_scatter diff dist fix fliplr flipud
    float_power fmax fmin gather ger heaviside igamma igammac index_add index_copy index_fill index_reduce
    index_select inner ldexp logaddexp2 logcumsumexp logsumexp masked_scatter mean msort nanmean nanquantile
    nansum narrow prod quantile rad2deg renorm repeat_interleave roll rot90 scatter scatter_add
    scatter_reduce select select_scatter sgn slice_scatter squeeze sum take take_along_dim unflatten
    unsqueeze vdot
"""
ONE_TENSOR = frozenset(_ONE_TENSOR.split())
"""Methods whose annotation is ``Any`` and whose result is one Tensor, whatever their arguments."""
PLAIN = {"bool", "int", "float", "str", "None", "Tensor"}
"""Annotations that a stub can repeat as they stand."""


def methods() -> Iterator[tuple[str, Callable[..., Any], str]]:
    """Each method that is typed, with its name and what it returns."""
    ops = {id(op.call) for op in mt.registry.values() if op.ours}
    own = own_names()
    for name in dir(mt.Tensor):
        value = inspect.getattr_static(mt.Tensor, name)
        if name.startswith("_") or name in own or not callable(value) or keyword.iskeyword(name):
            continue
        if returned := result_of(name, value, ops):
            yield name, value, returned


def result_of(name: str, value: Any, ops: set[int]) -> str:
    """The type of a method's result; nothing if it is not known."""
    said = getattr(value, "__annotations__", {}).get("return", "Any")
    said = getattr(said, "__name__", str(said))
    if said in PLAIN:
        return said if said in ("None", "Tensor") else f"builtins.{said}"  # Tensor has methods of these names
    one = id(value) in ops or name in ONE_TENSOR or (name.endswith("_") and said == "Any")
    return "Tensor" if one else ""


def own_names() -> set[str]:
    """What the class defines itself, with types of its own."""
    source = Path(inspect.getsourcefile(mt.Tensor) or "")
    tree = ast.parse(source.read_text(encoding="utf-8"))
    (body,) = [n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == "Tensor"]
    functions = {n.name for n in body if isinstance(n, ast.FunctionDef)}
    assigned = {t.id for n in body if isinstance(n, ast.Assign) for t in n.targets if isinstance(t, ast.Name)}
    return functions | assigned


def stub_of(name: str, value: Callable[..., Any], returned: str) -> str:
    """One method, without the types of its arguments: those are checked when it is called."""
    parameters = list(inspect.signature(value).parameters.values())
    if not parameters or parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:
        return f"    def {name}(self, *args: Any, **kwargs: Any) -> {returned}: ..."
    words = ["self"]
    for p in parameters[1:]:
        if p.kind is p.KEYWORD_ONLY and not any(w.startswith("*") for w in words):
            words.append("*")
        star = {p.VAR_POSITIONAL: "*", p.VAR_KEYWORD: "**"}.get(p.kind, "")
        words.append(f"{star}{p.name}: Any" + ("" if p.default is p.empty else " = ..."))
    return f"    def {name}({', '.join(words)}) -> {returned}: ..."


def text() -> str:
    """The whole stub."""
    found = sorted(methods())
    lines = [stub_of(*method) for method in found]
    head = [
        "# The types of Tensor's methods, written by .ci/method_types.py.",
        "import builtins",
        "from typing import Any",
        "",
        "from .tensor import Tensor",
        "",
        "class TensorMethods:",
    ]
    return "\n".join([*head, *lines]) + "\n"


def main() -> None:
    """Write, or check."""
    from microtensor._lazy import load_all

    load_all()
    file = Path(inspect.getsourcefile(mt.Tensor) or "").parent / "_tensor_methods.pyi"
    new = text()
    if file.exists() and file.read_text(encoding="utf-8") == new:
        return
    if "--check" in sys.argv[1:]:
        raise SystemExit(f"run python .ci/method_types.py: {file.relative_to(ROOT)} is stale")
    file.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    main()
