"""Pooling: one number from each window.

| module | what is in it |
|---|---|
| `kernels`, `pool` | max, average and power pooling |
| `adaptive_kernels`, `adaptive_pool` | windows chosen so that the result has a given size |
| `max_unpool` | values put back where a maximum was found |
"""
