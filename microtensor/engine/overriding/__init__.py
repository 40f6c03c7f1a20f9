"""``__torch_function__``: other classes answer calls of this package's functions.

| module | what is in it |
|---|---|
| `dispatch` | who overrides a call, in which order they are asked, and how it is turned off |
| `overridable` | the question that is put in front of functions which are no ops |
"""
