"""``torch.utils.collect_env``: what a report of a fault says of the machine and the packages.

python -m microtensor.utils.collect_env
"""

from __future__ import annotations

import os
import platform
import sys
from importlib import metadata
from typing import NamedTuple

__all__ = ["SystemEnv", "get_env_info", "get_pretty_env_info", "main", "pretty_str"]

PACKAGES = ("microtensor", "numpy", "ml_dtypes", "scipy", "safetensors", "onnx", "tensorboard", "torch")
"""Packages whose versions are told, where they are installed."""


class SystemEnv(NamedTuple):
    """What is known; None for what this package has nothing of."""

    torch_version: str
    is_debug_build: str
    os: str
    libc_version: str
    python_version: str
    python_platform: str
    is_cuda_available: str
    cpu_info: str
    pip_packages: str
    blas: str
    cuda_compiled_version: str | None = None
    hip_compiled_version: str | None = None
    nvidia_gpu_models: str | None = None
    nvidia_driver_version: str | None = None
    cudnn_version: str | None = None
    conda_packages: str | None = None


def get_env_info() -> SystemEnv:
    """The machine, Python, and the packages that matter here.

    >>> mt.utils.collect_env.get_env_info().is_cuda_available
    'False'
    """
    return SystemEnv(
        torch_version=f"microtensor {_version('microtensor')}", is_debug_build="False",
        os=f"{platform.system()} {platform.release()} ({platform.machine()})",
        libc_version="-".join(platform.libc_ver()) or "N/A",
        python_version=f"{sys.version.split()[0]} ({sys.maxsize.bit_length() + 1}-bit runtime)",
        python_platform=platform.platform(), is_cuda_available="False",
        cpu_info=f"{platform.processor() or platform.machine()}, {os.cpu_count()} of them",
        pip_packages="\n".join(f"[pip3] {name}=={found}" for name in PACKAGES if (found := _version(name))),
        blas=_blas(),
    )  # fmt: skip


def _version(name: str) -> str:
    if name == "microtensor":
        from .. import __version__

        return __version__
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def _blas() -> str:
    """The library that multiplies NumPy's matrices."""
    import numpy as np

    shown = np.show_config(mode="dicts") or {}
    found = shown.get("Build Dependencies", {}).get("blas", {})
    return f"{found.get('name', 'unknown')} {found.get('version', '')}".strip()


def pretty_str(envinfo: SystemEnv) -> str:
    """What is known as a text, a line each."""
    return (
        f"PyTorch version: {envinfo.torch_version}\n"
        f"Is debug build: {envinfo.is_debug_build}\n"
        f"CUDA used to build PyTorch: {envinfo.cuda_compiled_version or 'None'}\n\n"
        f"OS: {envinfo.os}\nLibc version: {envinfo.libc_version}\n\n"
        f"Python version: {envinfo.python_version}\nPython platform: {envinfo.python_platform}\n"
        f"Is CUDA available: {envinfo.is_cuda_available}\n\n"
        f"CPU:\n{envinfo.cpu_info}\nBLAS: {envinfo.blas}\n\n"
        f"Versions of relevant libraries:\n{envinfo.pip_packages}\n"
    )


def get_pretty_env_info() -> str:
    """The text of what is known of this machine."""
    return pretty_str(get_env_info())


def main() -> None:
    """Print it."""
    print("Collecting environment information...")
    print(get_pretty_env_info())


if __name__ == "__main__":
    main()
