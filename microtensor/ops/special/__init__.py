"""Special functions of one or two numbers, computed by NumPy alone.

| module | what is in it |
|---|---|
| `erf`, `error_functions` | erf; erfc, erfinv, ndtr and their logarithms |
| `gamma` | lgamma, digamma, polygamma, zeta |
| `bessel` | i0, i1 and their scaled forms |
| `entropy_logit` | entr, logit, sinc, xlogy |
| `orthogonal_polynomials` | Chebyshev's, Hermite's, Laguerre's, Legendre's |
| `erf_rational`, `erf_arrays`, `gamma_arrays` | the approximations, on arrays |
"""
