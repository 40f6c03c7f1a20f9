"""What a comparison of gradients with finite differences is made of.

| module | what is in it |
|---|---|
| `preconditions` | which inputs can be checked |
| `jacobians` | numerical and analytical Jacobians |
| `random_projection` | a quick check along one direction |
| `mismatch` | what is said of a difference |
"""
