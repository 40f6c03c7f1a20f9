"""Activation functions: what stands between layers.

| module | what is in it |
|---|---|
| `smooth_softmax` | relu, gelu, silu, softplus, softmax, log_softmax, glu |
| `piecewise` | hardtanh, elu, selu, prelu, threshold, softshrink |
"""
