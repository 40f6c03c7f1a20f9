"""In place: writing into memory that has a history.

| module | what is in it |
|---|---|
| `methods` | add_, mul_, copy_ and the rest, made of their out-of-place forms |
| `setitem` | x[key] = value |
| `history` | what becomes of the history of the target and its views |
| `reshape` | t_, squeeze_, resize_: other shape, same tensor |
| `waiting_methods` | in-place forms that few programs use |
"""
