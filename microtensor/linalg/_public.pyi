# The public names of microtensor.linalg, written by .ci/names.py.
from microtensor.errors import LinAlgError as LinAlgError
from microtensor.linalg.householder import householder_product as householder_product
from microtensor.linalg.ldl import (
    ldl_factor as ldl_factor, ldl_factor_ex as ldl_factor_ex, ldl_solve as ldl_solve
)
from microtensor.ops.linalg.cholesky_qr import cholesky as cholesky, cholesky_ex as cholesky_ex, qr as qr
from microtensor.ops.linalg.determinant import det as det, slogdet as slogdet
from microtensor.ops.linalg.eigen_svd import (
    eig as eig, eigh as eigh, eigvals as eigvals, eigvalsh as eigvalsh, svd as svd, svdvals as svdvals
)
from microtensor.ops.linalg.lstsq import lstsq as lstsq, tensorinv as tensorinv, tensorsolve as tensorsolve
from microtensor.ops.linalg.lu import (
    lu as lu, lu_factor as lu_factor, lu_factor_ex as lu_factor_ex, lu_solve as lu_solve
)
from microtensor.ops.linalg.matrix_functions import (
    matrix_exp as matrix_exp, matrix_power as matrix_power, matrix_rank as matrix_rank, pinv as pinv
)
from microtensor.ops.linalg.norms import (
    cond as cond, matrix_norm as matrix_norm, norm as norm, vector_norm as vector_norm
)
from microtensor.ops.linalg.solve_inverse import (
    inv as inv, inv_ex as inv_ex, solve as solve, solve_ex as solve_ex, solve_triangular as
    solve_triangular
)
from microtensor.ops.matmul.matmul import matmul as matmul
from microtensor.ops.matmul.tensordot_kron import multi_dot as multi_dot
from microtensor.ops.matmul.vectors import linalg_cross as _cross, vander as vander, vecdot as vecdot
cross = _cross
