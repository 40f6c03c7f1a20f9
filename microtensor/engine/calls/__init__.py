"""How old programs order the arguments of a call.

| module | what is in it |
|---|---|
| `scalar_first` | the overloads that have a number before a tensor: ``p.add_(-0.1, g)`` |
"""
