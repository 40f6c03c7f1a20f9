"""Mixed precision under PyTorch's names, without effect on a CPU that has float32."""

from .mixed import GradScaler, autocast, custom_bwd, custom_fwd, is_autocast_available

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd", "is_autocast_available"]
