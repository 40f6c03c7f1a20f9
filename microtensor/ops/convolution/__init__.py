"""Convolutions and transposed convolutions in one to three dimensions.

| module | what is in it |
|---|---|
| `kernels` | forward and both backward products on arrays |
| `conv` | conv1d to conv_transpose3d |
"""
