"""Mixed precision on the CPU, under PyTorch's names.

| module | what is in it |
|---|---|
| `mixed` | `autocast`, and decorators for custom functions |
| `state` | whether it is on in this thread, and to which dtype |
| `casting` | the lists of functions, and the casts of their arguments |
| `grad_scaler` | loss scaling |
| `of_cpu`, `of_cuda` | ``torch.cpu.amp`` and ``torch.cuda.amp`` |
"""

from .mixed import GradScaler, autocast, custom_bwd, custom_fwd, is_autocast_available

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
