"""The operators that torchaudio calls once its compiled library is loaded, which cannot be here.

Torchaudio lets no failure of loading its library pass.  So it is told that it is loaded, and finds these: the
loops of its recursive filters.  What calls another says that it is missing.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from microtensor import Tensor, from_numpy

from .operators import namespace
from .registering import define, impl

__all__ = ["define_operators", "is_library"]

_SCHEMAS = {
    "_torchaudio::cuda_version": "() -> int?",
    "_torchaudio::is_align_available": "() -> bool",
    "torchaudio::_lfilter_core_loop": "(Tensor input, Tensor a_flipped, Tensor(a!) padded_output) -> ()",
    "torchaudio::_overdrive_core_loop": (
        "(Tensor waveform, Tensor temp, Tensor last_in, Tensor last_out, Tensor(a!) output) -> ()"
    ),
}
NAMES = ("_torchaudio.so", "libtorchaudio.so", "_torchaudio.pyd", "libtorchaudio.pyd")


def is_library(path: str | Path) -> bool:
    """Whether that is one of the two libraries without which torchaudio is not imported."""
    return Path(path).name in NAMES and Path(path).parent.parent.name == "torchaudio"


def define_operators() -> None:
    """Define them, if that has not been done."""
    if "cuda_version" in namespace("_torchaudio").packets:
        return
    for name, schema in _SCHEMAS.items():
        define(name, schema)
    impl("_torchaudio::cuda_version", "default", lambda: None)
    impl("_torchaudio::is_align_available", "default", lambda: False)
    impl("torchaudio::_lfilter_core_loop", "cpu", recursive_filter)
    impl("torchaudio::_overdrive_core_loop", "cpu", overdrive)


def recursive_filter(input: Tensor, a_flipped: Tensor, padded_output: Tensor) -> None:
    """Write ``y[t] = x[t] - sum(a[k] * y[t - k])`` behind the padding of `padded_output`.

    `input` is (batch, channel, time); the coefficients, oldest first, are (channel, order), the last being 1;
    the output has ``order - 1`` more samples in front, which are the filter's memory.
    """
    x, a, y = input.detach().numpy(), a_flipped.detach().numpy(), padded_output.detach().numpy().copy()
    order = a.shape[1]
    for t in range(x.shape[2]):
        sample = x[:, :, t].copy()
        for k in range(order - 1):
            sample -= y[:, :, t + k] * a[:, k]
        y[:, :, t + order - 1] = sample
    padded_output.copy_(from_numpy(y))


def overdrive(waveform: Tensor, temp: Tensor, last_in: Tensor, last_out: Tensor, output: Tensor) -> None:
    """Write half of the waveform and three quarters of `temp` without its constant part, (channel, time)."""
    wave, driven = waveform.detach().numpy(), temp.detach().numpy()
    before, passed, out = last_in.detach().numpy(), last_out.detach().numpy(), np.empty_like(wave)
    for t in range(wave.shape[1]):
        passed = driven[:, t] - before + 0.995 * passed
        before = driven[:, t]
        out[:, t] = wave[:, t] * 0.5 + passed * 0.75
    output.copy_(from_numpy(out))
