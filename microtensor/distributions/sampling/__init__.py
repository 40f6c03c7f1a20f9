"""Samples whose algorithms are more than a formula.

| module | what is in it |
|---|---|
| `gamma_poisson` | gamma, beta, Dirichlet and Poisson samples, as PyTorch draws them |
| `implicit_gradients` | derivatives of samples by their parameters |
"""
