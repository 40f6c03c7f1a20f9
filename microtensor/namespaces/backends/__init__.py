"""The switches of PyTorch's libraries, which programs set before they compute: kept, and without effect."""

from . import cuda, cudnn, mkl, mps, openmp

__all__ = ["cuda", "cudnn", "mkl", "mps", "openmp"]
