"""Activation functions: what stands between layers.

| module | what is in it |
|---|---|
| `smooth` | relu, leaky_relu, silu, softplus, logsigmoid, mish, glu |
| `gelu`, `softmax` | gelu; softmax, log_softmax, softmin |
| `piecewise` | hardtanh, elu, selu, prelu, threshold, softshrink |
"""
