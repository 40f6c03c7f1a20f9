"""Views: the same elements in another shape or order, mostly in the same memory.

| module | what is in it |
|---|---|
| `reshape`, `squeeze` | reshape, view, flatten, unflatten; squeeze, unsqueeze |
| `permute` | permute, transpose, movedim, and `.T`, `.mT`, `.H`, `.mH` |
| `expand` | expand, broadcast_to, broadcast_tensors |
| `triangles` | tril, triu |
| `diagonals` | diag, diagonal, trace |
| `flip` | flip |
| `broadcast_view`, `scatter_reference` | broadcasting as a view; a reference for what scatters |
"""
