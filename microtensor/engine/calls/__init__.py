"""How old programs order the arguments of a call, and what is said of one that fails.

| module | what is in it |
|---|---|
| `sentences` | PyTorch's sentences for shapes that do not fit |
| `users_line` | whose line a warning shows |
| `scalar_first` | the overloads that have a number before a tensor: ``p.add_(-0.1, g)`` |
"""
