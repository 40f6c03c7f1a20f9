"""How much of PyTorch's documented CPU API is here: a table by namespace, and what is missing.

    python .ci/surface.py            # the table, in Markdown, and the missing names
    python .ci/surface.py --table    # the table alone

A name of PyTorch counts if it is public, is documented (has a docstring, or is a dtype), and no rule in
``EXCLUDED`` speaks against it.  A name of ours counts if it can be got at.  Needs torch and this package.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
import types
import warnings
from typing import Any

NAMESPACES = [
    "torch", "torch.Tensor", "torch.nn", "torch.nn.functional", "torch.nn.init", "torch.nn.utils",
    "torch.optim", "torch.optim.lr_scheduler", "torch.autograd", "torch.autograd.functional", "torch.func",
    "torch.masked", "torch.signal.windows", "torch.nn.grad",
    "torch.linalg", "torch.special", "torch.fft", "torch.utils.data", "torch.distributions", "torch.random",
    "torch.testing",
]  # fmt: skip

EXCLUDED = {
    r"(?i).*(sparse(?!Adam)|ccol|crow|coalesce|hspmm|smm|sspaddmm|spmm|dsmm|hsmm|saddmm|_nnz|to_mkldnn|row_indices"
    r"|col_indices|^indices|^values|to_dense|dense_dim|padded_tensor).*": "sparse and nested layouts",
    r"(?i).*(quant(?!ile)|qint|quint|qscheme|q_scale|q_zero|q_per|int_repr|qparams|per_channel|fbgemm"
    r"|grouped_mm|scaled_mm|ScalingType|SwizzleType).*": "quantisation and products of low precision",
    r"(?i).*(cuda|cudnn|miopen|mkldnn|vulkan|xpu|(?<!fl)ipu|hpu|mps|mtia|xla|maia|accelerator|device_module"
    r"|is_meta|record_stream).*": "devices other than the CPU",
    r"(?i)(names?|rename.*|refine_names|align_.*)$": "named tensors",
    r"(?i)(sym_.*|Sym[A-Z].*|.*compiled.*|export|cond|while_loop|script.*|fork|wait|thread_safe_generator"
    r"|functionalize|debug_unwrap|rearrange)$": "capture and builds",
    r"(?i)(.*(parallel|distributed|module_load|DataPipe).*|SyncBatchNorm.*)$": "distributed training",
    r"(?i)(batch_norm_.*|native_.*|hash_tensor|from_file|.*(_real|_complex)_copy"
    r"|.*set_warn_always|is_warn_always.*|.*flush_denormal|segment_reduce|.*has_torch_function.*|handle_torch_function|boolean_dispatch"
    r"|.*_with_indices|factory_kwargs|NestedIOFunction|enforce_grad_layout_policy|swap_in_optimizer.*|index"
    r"|grad_dtype|LinearCrossEntropyOptions)$": "PyTorch's internals",
}
"""Why a name is not counted, by a pattern that matches all of it."""


def reason(name: str) -> str | None:
    """The rule that speaks against counting a name."""
    return next((why for pattern, why in EXCLUDED.items() if re.fullmatch(pattern, name)), None)


def documented(owner: Any, name: str) -> bool:
    """Whether a public member of a namespace of PyTorch is documented there."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            value = inspect.getattr_static(owner, name) if isinstance(owner, type) else getattr(owner, name)
        except Exception:
            return False
    if isinstance(value, types.ModuleType) or type(value).__module__ == "typing":
        return False
    if type(value).__name__ in ("dtype", "float"):
        return True
    stranger = not str(getattr(value, "__module__", None) or "torch").startswith("torch")
    return bool(getattr(value, "__doc__", None)) and callable_or_property(value) and not stranger


def callable_or_property(value: Any) -> bool:
    """Whether a member is something to call or to read."""
    return callable(value) or isinstance(
        value, (property, types.GetSetDescriptorType, classmethod, staticmethod)
    )


def theirs(torch: Any, namespace: str) -> list[str]:
    """The names of a namespace of PyTorch that count."""
    owner = find(torch, namespace)
    listed = getattr(owner, "__all__", None)
    names = dir(owner) if listed is None or namespace == "torch" else listed
    public = sorted({n for n in names if not n.startswith("_")})
    native = {n for n in public if documented(owner, n)}
    if namespace == "torch":  # what it takes over from its C++ library without a page in its manual
        strangers = set(dir(torch._C)) - set(dir(torch._C._VariableFunctions)) - TAKEN
        native -= {n for n in strangers if getattr(torch, n, None) is getattr(torch._C, n, 0)}
        native |= WITHOUT_DOCSTRING & set(public)
    return [n for n in public if n in native and reason(n) is None]


TAKEN = {
    "default_generator", "get_default_dtype", "get_num_interop_threads", "get_num_threads", "is_grad_enabled",
    "is_inference_mode_enabled", "set_num_interop_threads", "set_num_threads",
}  # fmt: skip
"""What PyTorch takes over from its C++ library, and documents."""

WITHOUT_DOCSTRING = {
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "Generator", "HalfTensor",
    "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "channels_last", "channels_last_3d",
    "contiguous_format", "device", "dtype", "finfo", "iinfo", "newaxis", "preserve_format", "strided",
}  # fmt: skip
"""What its manual documents though the object says nothing."""


def find(library: Any, namespace: str) -> Any:
    """The namespace of either library that PyTorch calls so; None if there is none."""
    owner = library
    for part in namespace.split(".")[1:]:
        owner = getattr(owner, part, None) or submodule(owner, part)
    return owner


def submodule(owner: Any, part: str) -> Any:
    """A module that is there and has not been imported."""
    try:
        return importlib.import_module(f"{owner.__name__}.{part}")
    except (ImportError, AttributeError):
        return None


def compare(namespaces: list[str]) -> dict[str, tuple[list[str], list[str]]]:
    """What counts and what of it is missing here, by namespace."""
    import torch

    import microtensor

    found = {}
    for namespace in namespaces:
        names = theirs(torch, namespace)
        ours = find(microtensor, namespace)
        found[namespace] = (names, [n for n in names if ours is None or not hasattr(ours, n)])
    return found


def table(found: dict[str, tuple[list[str], list[str]]]) -> str:
    """The counts in Markdown."""
    rows = [(f"`{n}`", len(names) - len(missing), len(names)) for n, (names, missing) in found.items()]
    rows.append(("all", sum(r[1] for r in rows), sum(r[2] for r in rows)))
    return "\n".join(
        ["| namespace | here | of |", "|---|--:|--:|", *[f"| {n} | {h} | {t} |" for n, h, t in rows]]
    )


def main() -> None:
    """Print the table, and the missing names."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--table", action="store_true", help="the table alone")
    parser.add_argument("namespaces", nargs="*", default=NAMESPACES)
    options = parser.parse_args()
    found = compare(options.namespaces or NAMESPACES)
    print(table(found))
    for namespace, (_, missing) in found.items():
        if missing and not options.table:
            print(f"\n{namespace} lacks {len(missing)}: {' '.join(missing)}")


if __name__ == "__main__":
    sys.exit(main())
