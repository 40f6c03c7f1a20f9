"""Which documented parameters of PyTorch are not taken here, by position, by name, or with its default.

    python .ci/signatures.py            # the counts, and every miss
    python .ci/signatures.py --table    # the counts alone

What PyTorch's functions take is read from its stubs (``torch/_C/_VariableFunctions.pyi``,
``torch/_C/__init__.pyi``, ``torch/nn/functional.pyi``) for what is written in C++, and asked of `inspect` for
what is written in Python.  Every overload is one call with all arguments by name, one with as many by
position as may stand there, and one for each number between; and each default is looked at.  Needs torch and
this package.
"""

from __future__ import annotations

import argparse
import ast
import importlib
import inspect
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1])]
surface = importlib.import_module("surface")

STUBS = {
    "torch": ("_C/_VariableFunctions.pyi", ""),
    "torch.Tensor": ("_C/__init__.pyi", "TensorBase"),
    "torch.nn.functional": ("nn/functional.pyi", ""),
}

EXCLUDED_FORMS = r"(Dimname|ellipsis|SymBool|Storage|names:|out_dtype)"
"""Overloads of named tensors and of storages, and of products that no CPU has a kernel for."""

REFUSED_THERE = {
    "torch.linspace": "steps", "torch.logspace": "steps", "torch.tensor": "dtype", "torch.linalg.vander": "N",
    "torch.Tensor.new_tensor": "dtype", "torch.Tensor.requires_grad_": "mode", "torch.Tensor.to": "other",
    "torch.Tensor.contiguous": "memory_format",
}  # fmt: skip
"""Where a stub says more than PyTorch's parser takes: by position, by that name, or left out."""

NUMBER_CALLED_SELF = {
    "bitwise_and", "bitwise_left_shift", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "pow",
    "remainder",
}  # fmt: skip
"""Ops that take a number first, which PyTorch's parser calls `self` and its manual `input`."""

EXCLUDED = {
    "torch.compile": "the back ends are others", "torch.save": "a switch that does nothing since 2020",
    "torch.result_type": "operands by position",
    "torch.Tensor.subtract_": "taken, and not shown",
}  # fmt: skip
"""What is left out, each with its reason."""

Signature = inspect.Signature
EMPTY, NAMED = inspect.Parameter.empty, inspect.Parameter.KEYWORD_ONLY
ONLY, EITHER = inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
Miss = tuple[str, str]


# ---------------------------------------------------------------- what PyTorch takes


def stubs(root: Path, namespace: str) -> dict[str, list[Signature]]:
    """The overloads of every function of a stub, by name."""
    path, owner = STUBS[namespace]
    body: list[ast.stmt] = ast.parse((root / path).read_text()).body
    if owner:
        body = next(n for n in body if isinstance(n, ast.ClassDef) and n.name == owner).body
    found: dict[str, list[Signature]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef) and not re.search(EXCLUDED_FORMS, ast.unparse(node.args)):
            found.setdefault(node.name, []).append(signature_of(node.args))
    return found


def signature_of(args: ast.arguments) -> Signature:
    """A stub's arguments as `inspect` has them; a default that is no literal is its text."""
    made = []
    plain = [*args.posonlyargs, *args.args]
    defaults = [*[None] * (len(plain) - len(args.defaults)), *args.defaults]
    for place, (arg, default) in enumerate(zip(plain, defaults, strict=True)):
        made.append(_parameter(arg, ONLY if place < len(args.posonlyargs) else EITHER, default))
    if args.vararg:
        made.append(inspect.Parameter(args.vararg.arg, inspect.Parameter.VAR_POSITIONAL))
    made += [_parameter(a, NAMED, d) for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True)]
    return Signature(made)


def _parameter(arg: ast.arg, kind: Any, default: ast.expr | None) -> inspect.Parameter:
    """A parameter; `self`, where a function takes a tensor, is called `input` by PyTorch's parser."""
    hint = ast.unparse(arg.annotation) if arg.annotation else ""
    name = "input" if arg.arg == "self" and hint.startswith("Tensor") else arg.arg
    return inspect.Parameter(name, kind, default=EMPTY if default is None else literal(default))


def literal(node: ast.expr) -> Any:
    """A default's value; its text if it is not made of numbers and strings."""
    text = ast.unparse(node)
    try:
        return eval(text, {"__builtins__": {}})
    except (NameError, AttributeError, TypeError, SyntaxError):
        return text


def theirs(torch: Any, namespace: str) -> Iterator[tuple[str, list[Signature]]]:
    """The names of a namespace that count, with the forms in which each can be called."""
    root = Path(torch.__file__).parent
    known = stubs(root, namespace) if namespace in STUBS else {}
    owner = surface.find(torch, namespace)
    for name in surface.theirs(torch, namespace):
        value = getattr(owner, name)
        if (isinstance(value, type) and value.__module__ == "torch") or not callable(value):
            continue
        forms = known.get(name) or python_form(value) or documented_form(value)
        if forms and f"{namespace}.{name}" not in EXCLUDED:
            yield name, forms


def python_form(value: Any) -> list[Signature]:
    """The signature of what is written in Python."""
    if type(value).__name__ in ("builtin_function_or_method", "method_descriptor", "wrapper_descriptor"):
        return []
    try:
        found = inspect.signature(value)
    except (ValueError, TypeError):
        return []
    kinds = {p.kind for p in found.parameters.values()}
    return [] if kinds <= {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD} else [found]


def documented_form(value: Any) -> list[Signature]:
    """The signatures in the first lines of a docstring: all that linalg's and special's functions have."""
    found = []
    for line in (value.__doc__ or "").strip().splitlines()[:6]:
        match = re.match(r"^[\w.]+\((.*)\)\s*->", line.strip().replace("\\", ""))
        if not match:
            continue
        try:
            node = ast.parse(f"def f({match[1]}): ...").body[0]
        except SyntaxError:
            continue
        found.append(signature_of(node.args))  # type: ignore[attr-defined]
    return found


# ---------------------------------------------------------------- what is taken here


def misses(form: Signature, ours: Signature, method: bool) -> Iterator[str]:
    """What of one form of PyTorch's is refused here."""
    parameters = [p for p in form.parameters.values() if p.name[0] != "_"]
    if method:
        ours = without_self(ours)
        parameters = parameters[parameters[:1] != [] and parameters[0].name in ("self", "input") :]
    plain = [p for p in parameters if p.kind in (ONLY, EITHER)]
    named = [p for p in parameters if p.kind in (EITHER, NAMED)]
    counts = range(sum(p.kind is ONLY for p in plain), len(plain) + 1)
    if {"alpha", "beta", "value"} & {p.name for p in plain if p.default is EMPTY}:
        counts = range(0, len(plain) + 1, len(plain))  # old overloads: all by position, or all by name
    for count in counts:
        by_name = {p.name: 0 for p in named if p not in plain[:count]}
        if error := refusal(ours, [0] * count, by_name):
            yield f"{count} by position, {', '.join(by_name) or 'none'} by name: {error}"


def other_defaults(forms: list[Signature], ours: Signature) -> Iterator[str]:
    """Defaults here that none of PyTorch's forms has."""
    for name, mine in ours.parameters.items():
        given = [f.parameters[name].default for f in forms if name in f.parameters]
        given = [d for d in given if d is not EMPTY]
        if given and not any(same(mine.default, default) for default in given):
            yield f"default of {name} is {given[0]!r}, here {mine.default!r}"


def without_self(ours: Signature) -> Signature:
    """A method's signature as its caller sees it."""
    found = list(ours.parameters.values())
    return ours.replace(
        parameters=found if found[:1] and found[0].kind is found[0].VAR_POSITIONAL else found[1:]
    )


def refusal(ours: Signature, by_position: list[Any], by_name: dict[str, Any]) -> str:
    """Why such a call is refused; nothing if it is not."""
    try:
        ours.bind(*by_position, **by_name)
    except TypeError as error:
        return str(error)
    return ""


def same(mine: Any, default: Any) -> bool:
    """Whether two defaults are one: None stands for what the function finds out itself."""
    if mine is EMPTY:
        return False
    if mine is None or default is None or default is Ellipsis or mine == default:
        return True
    if callable(mine) or type(mine).__name__ == "Generator":
        return getattr(mine, "__name__", type(mine).__name__) == getattr(
            default, "__name__", type(default).__name__
        )
    return str(mine).removeprefix("torch.") == str(default).removeprefix("torch.")


def own(value: Any) -> tuple[Signature | None, bool]:
    """What one of ours takes, and whether that can be told: of what is written late, from its text."""
    value = inspect.unwrap(value, stop=lambda f: vars(f).keys() & {"__ready__", "__signature__"})
    try:
        if ready := getattr(value, "__ready__", None):
            found = _as_called(ready())
            if all(p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in found.parameters.values()):
                found = inspect.signature(value)
        else:
            found = inspect.signature(value)
    except (ValueError, TypeError):
        return None, False
    return found, inspect.Parameter.VAR_KEYWORD not in {p.kind for p in found.parameters.values()}


def _as_called(function: Any) -> Signature:
    """The signature of a generated function, in which a default may be the mark of an absent argument."""
    plain = function.__code__.co_varnames[: function.__code__.co_argcount]
    optional = {*plain[len(plain) - len(function.__defaults__ or ()) :], *(function.__kwdefaults__ or {})}
    parameters = inspect.signature(function, follow_wrapped=False).parameters.values()
    return Signature(
        [p.replace(default=None) if p.name in optional and p.default is EMPTY else p for p in parameters]
    )


def compare(namespaces: list[str]) -> dict[str, tuple[int, list[Miss], list[str]]]:
    """By namespace: how many forms there are, which are refused, and which names don't say what they take."""
    import torch

    import microtensor

    found = {}
    for namespace in namespaces:
        count, missed, silent = 0, [], []
        owner = surface.find(microtensor, namespace)
        for name, forms in theirs(torch, namespace):
            value = getattr(owner, name, None)
            if value is None:
                missed.append((name, "absent"))
                continue
            mine, tells = own(value)
            if mine is None or not tells:
                silent.append(name)
            if mine is None:
                continue
            refused = f"{namespace}.{name}" in REFUSED_THERE
            for form in [] if refused else forms:
                if (
                    name in NUMBER_CALLED_SELF
                    and next(iter(form.parameters)) == "self"
                    and namespace == "torch"
                ):
                    continue
                count += 1
                found_here = list(misses(form, mine, namespace == "torch.Tensor"))
                missed += [(name, f"{form}  {why}") for why in found_here[:1]]
            missed += [(name, why) for why in ([] if refused else other_defaults(forms, mine))]
        found[namespace] = count, missed, silent
    return found


def main() -> None:
    """Print the counts, and the misses."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--table", action="store_true", help="the counts alone")
    parser.add_argument("namespaces", nargs="*", default=surface.NAMESPACES)
    options = parser.parse_args()
    found = compare(options.namespaces)
    print("| namespace | forms | taken | names that take anything |\n|---|--:|--:|--:|")
    for namespace, (count, missed, silent) in found.items():
        print(f"| `{namespace}` | {count} | {count - len(missed)} | {len(silent)} |")
    for namespace, (_, missed, silent) in found.items():
        if not options.table:
            for name, why in missed:
                print(f"{namespace}.{name}  {why}")
            print(f"{namespace} take anything: {' '.join(silent)}")


if __name__ == "__main__":
    sys.exit(main())
