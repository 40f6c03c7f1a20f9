"""PyTorch's ``torch.library``: operators that a program or a library defines.

| module | what is in it |
|---|---|
| `schema`, `infer` | what an operator takes and gives, as a text and from annotations |
| `operators`, `calls` | operators by their names, and how a call of one runs |
| `registering`, `custom` | `Library` and `custom_op`: defining one, and what it does |
| `opcheck` | whether it keeps its promises |
| `of_torchaudio` | what torchaudio wants of its library |
| `of_torchvision` | what torchvision needs to be imported |
| `aten`, `ops` | this package's functions under PyTorch's names, and all operators as ``torch.ops`` |
"""

from __future__ import annotations

from .custom import CustomOpDef, custom_op, triton_op, wrap_triton
from .infer import infer_schema
from .opcheck import OpCheckError, get_ctx, opcheck
from .operators import OpOverload
from .registering import (
    Library,
    define,
    fallthrough_kernel,
    get_kernel,
    impl,
    register_autocast,
    register_autograd,
    register_fake,
    register_kernel,
    register_torch_dispatch,
    register_vmap,
)

__all__ = [
    "CustomOpDef", "Library", "OpCheckError", "OpOverload", "custom_op", "define", "fallthrough_kernel",
    "get_ctx", "get_kernel", "impl", "impl_abstract", "infer_schema", "opcheck", "register_autocast",
    "register_autograd", "register_fake", "register_kernel", "register_torch_dispatch", "register_vmap",
    "triton_op", "wrap_triton",
]  # fmt: skip

impl_abstract = register_fake
