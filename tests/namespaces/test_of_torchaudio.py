"""What torchaudio finds in the place of its compiled library."""

from __future__ import annotations

import pytest
from microtensor.library import ops

import microtensor as mt


def test_the_operators_that_it_asks_for_are_there_once_its_library_is_named() -> None:
    for _ in range(2):
        assert ops.load_library("/site-packages/torchaudio/lib/_torchaudio.so") is None
    assert ops._torchaudio.cuda_version() is None
    assert ops._torchaudio.is_align_available() is False
    with pytest.raises(OSError, match="need PyTorch itself"):
        ops.load_library("/site-packages/torchaudio/lib/torchaudio_prefixctc.so")


def test_a_recursive_filter_is_its_recursion() -> None:
    ops.load_library("/site-packages/torchaudio/lib/libtorchaudio.so")
    x = mt.tensor([[[1.0, 0, 0, 0]], [[1.0, 2, 3, 4]]])
    padded = mt.zeros(2, 1, 6)
    ops.torchaudio._lfilter_core_loop(x, mt.tensor([[0.25, -0.5, 1.0]]), padded)
    assert padded[0, 0].tolist() == [0, 0, 1, 0.5, 0, -0.125]
    assert padded[1, 0].tolist() == [0, 0, 1, 2.5, 4, 5.375]


def test_overdrive_mixes_the_wave_with_its_changes() -> None:
    ops.load_library("/site-packages/torchaudio/lib/libtorchaudio.so")
    wave, out = mt.tensor([[1.0, 2.0, 2.0]]), mt.zeros(1, 3)
    ops.torchaudio._overdrive_core_loop(wave, wave, mt.zeros(1), mt.zeros(1), out)
    assert out[0].tolist() == pytest.approx([1.25, 1 + 0.75 * 1.995, 1 + 0.75 * 0.995 * 1.995])
