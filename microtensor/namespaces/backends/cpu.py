"""``torch.backends.cpu``: which of PyTorch's own kernels there are: the plain ones."""

__all__ = ["get_cpu_capability"]


def get_cpu_capability() -> str:
    """Always ``"DEFAULT"``: what libraries do for kernels of AVX2 or AVX512, they do not do here."""
    return "DEFAULT"
