"""Kullback-Leibler divergences in closed form.

| module | what is in it |
|---|---|
| `registry` | register_kl, kl_divergence |
| `same_family` | of two distributions of one family |
| `mixed_families` | of two families |
| `multivariate` | of vectors, matrices and transformed distributions |
"""
