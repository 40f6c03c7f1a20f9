"""Parameters in several forms.

| module | what is in it |
|---|---|
| `covariance` | covariance, precision and Cholesky factor |
| `folded` | distributions folded at zero |
| `symmetric` | distributions around a location |
"""
