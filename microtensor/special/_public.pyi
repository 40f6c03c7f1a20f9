# The public names of microtensor.special, written by .ci/names.py.
from microtensor.ops.activations.softmax import log_softmax as log_softmax, softmax as softmax
from microtensor.ops.elementwise.exponential import (
    exp2 as exp2, sigmoid as _expit, expm1 as expm1, log1p as log1p
)
from microtensor.ops.elementwise.rounding import round as round
from microtensor.ops.reductions.sum_mean import logsumexp as logsumexp
from microtensor.ops.special.bessel import (
    i0 as i0, i0e as i0e, i1 as i1, i1e as i1e, modified_bessel_i0 as modified_bessel_i0,
    modified_bessel_i1 as modified_bessel_i1
)
from microtensor.ops.special.entropy_logit import (
    entr as entr, logit as logit, sinc as sinc, xlog1py as xlog1py, xlogy as xlogy
)
from microtensor.ops.special.erf import erf as erf
from microtensor.ops.special.error_functions import (
    erfc as erfc, erfcx as erfcx, erfinv as erfinv, log_ndtr as log_ndtr, ndtr as ndtr, ndtri as ndtri
)
from microtensor.ops.special.gamma import (
    digamma as digamma, lgamma as _gammaln, mvlgamma as _multigammaln, polygamma as polygamma, digamma as
    _psi
)
from microtensor.ops.special.orthogonal_polynomials import (
    chebyshev_polynomial_t as chebyshev_polynomial_t, chebyshev_polynomial_u as chebyshev_polynomial_u,
    chebyshev_polynomial_v as chebyshev_polynomial_v, chebyshev_polynomial_w as chebyshev_polynomial_w,
    hermite_polynomial_h as hermite_polynomial_h, hermite_polynomial_he as hermite_polynomial_he,
    laguerre_polynomial_l as laguerre_polynomial_l, legendre_polynomial_p as legendre_polynomial_p,
    shifted_chebyshev_polynomial_t as shifted_chebyshev_polynomial_t, shifted_chebyshev_polynomial_u as
    shifted_chebyshev_polynomial_u, shifted_chebyshev_polynomial_v as shifted_chebyshev_polynomial_v,
    shifted_chebyshev_polynomial_w as shifted_chebyshev_polynomial_w
)
from microtensor.special.scipy_functions import (
    airy_ai as airy_ai, bessel_j0 as bessel_j0, bessel_j1 as bessel_j1, bessel_y0 as bessel_y0, bessel_y1
    as bessel_y1, gammainc as gammainc, gammaincc as gammaincc, modified_bessel_k0 as modified_bessel_k0,
    modified_bessel_k1 as modified_bessel_k1, scaled_modified_bessel_k0 as scaled_modified_bessel_k0,
    scaled_modified_bessel_k1 as scaled_modified_bessel_k1, spherical_bessel_j0 as spherical_bessel_j0,
    zeta as zeta
)
expit = _expit
gammaln = _gammaln
multigammaln = _multigammaln
psi = _psi
