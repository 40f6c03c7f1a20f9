"""What is done with plain arrays, without a tensor in sight.

| module | what is in it |
|---|---|
| `summation` | sums that keep their digits along every dimension |
| `allocator` | freed memory kept for the next array |
| `kernels` | the dtypes for which PyTorch has no kernel |
"""
