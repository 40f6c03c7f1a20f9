"""How a step is taken: parameters and state as long vectors, or one by one.

| module | what is in it |
|---|---|
| `elementwise` | an optimizer as one formula on vectors |
| `per_parameter` | an optimizer that sees each parameter whole |
| `flat_pack`, `pack_plan` | small parameters side by side in one array |
| `strong_wolfe` | the line search of LBFGS |
"""
