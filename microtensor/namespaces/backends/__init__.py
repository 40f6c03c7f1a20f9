"""The switches of PyTorch's libraries, which programs set before they compute: kept, and without effect."""

from contextlib import nullcontext

from . import cpu, cuda, cudnn, mkl, mkldnn, mps, openmp, opt_einsum

__all__ = ["cpu", "cuda", "cudnn", "mkl", "mkldnn", "mps", "openmp", "opt_einsum"]

# PyTorch's name, read by libraries that set the switches: nothing ever forbids it here
__allow_nonbracketed_mutation = nullcontext
