"""Linear algebra on the last two dimensions, with derivatives of every order.

| module | what is in it |
|---|---|
| `solve_inverse`, `lstsq` | inv, solve, triangular solves, cholesky_inverse; lstsq |
| `cholesky_qr`, `lu`, `eigen_svd` | factorizations; eigh, svd and their gradients |
| `determinant`, `matrix_functions`, `norms` | det, slogdet; matrix_exp, pinv; matrix_norm, cond |
| `before_linalg`, `before_linalg_lu` | names before torch.linalg |
| `matrix_checks` | what an argument must be |
"""
