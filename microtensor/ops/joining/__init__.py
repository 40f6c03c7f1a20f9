"""Joining and parting: several tensors from one, one from several.

| module | what is in it |
|---|---|
| `cat_split` | cat, stack, split, chunk, unbind, tile, meshgrid |
| `stack_variants` | hsplit, column_stack, block_diag, cartesian_prod, atleast_1d |
| `rearrange` | roll, rot90, repeat_interleave, diag_embed, slice_scatter |
| `as_strided` | as_strided and its scatter |
"""
