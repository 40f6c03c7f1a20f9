"""Indexing: reading and writing by position, by mask and by order.

| module | what is in it |
|---|---|
| `getitem` | x[key] of every kind, and its adjoint |
| `gather_scatter`, `index_writes`, `index_put` | gather, scatter; index_add and its family; index_put |
| `masked`, `narrow`, `take` | masked_fill; narrow, index_select; take, take_along_dim |
| `sorting`, `unique_search` | sort, topk; unique, searchsorted, isin |
"""
