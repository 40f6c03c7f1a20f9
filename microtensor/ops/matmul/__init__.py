"""Products of vectors, matrices and tensors.

| module | what is in it |
|---|---|
| `matmul` | matmul, mm, bmm, linear, addmm, outer |
| `blas` | addmv, addr, inner, ger, vander |
| `vectors` | cross, vecdot |
| `einsum` | einsum |
| `tensordot_kron` | tensordot, kron, multi_dot |
"""
