"""Discrete Fourier transforms, in the precision of what is transformed.

| module | what is in it |
|---|---|
| `backends` | NumPy's transforms, or SciPy's where it is installed |
| `transforms` | the three ops: complex to complex, real to complex, complex to real |
| `short_time` | stft, istft |

The functions of ``torch.fft`` are made of the three ops, and lie in `microtensor.fft`.
"""
