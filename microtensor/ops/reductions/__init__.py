"""Reductions: one number from many, over all elements or along dimensions.

| module | what is in it |
|---|---|
| `sum_mean`, `prod` | sum, mean, logsumexp; prod |
| `variance`, `norm`, `covariance` | var, std; norm; cov, corrcoef |
| `max_min`, `median_mode`, `quantiles` | max, argmax, amax; median, kthvalue, mode; quantile |
| `cumsum_flip`, `cumulative` | cumsum; cumprod, cummax, logcumsumexp |
| `finite_differences` | diff, gradient, trapezoid |
| `nan_reductions`, `count_nonzero`, `histograms` | nansum; count_nonzero; histc, bincount |
"""
