"""Views: the same elements in another shape or order, mostly in the same memory.

| module | what is in it |
|---|---|
| `reshape_permute` | reshape, view, permute, transpose, squeeze, expand, tril, triu |
| `diagonals` | diag, diagonal, trace |
| `flip` | flip |
| `broadcast_view`, `scatter_reference` | broadcasting as a view; a reference for what scatters |
"""
