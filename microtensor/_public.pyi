# The public names of microtensor, written by .ci/names.py.
from microtensor.namespaces.amp.grad_scaler import GradScaler as GradScaler
from microtensor.namespaces.amp.mixed import autocast as autocast
from microtensor.namespaces.amp.state import (
    autocast_decrement_nesting as autocast_decrement_nesting, autocast_increment_nesting as
    autocast_increment_nesting, clear_autocast_cache as clear_autocast_cache, get_autocast_cpu_dtype as
    get_autocast_cpu_dtype, get_autocast_dtype as get_autocast_dtype, get_autocast_gpu_dtype as
    get_autocast_gpu_dtype, is_autocast_cache_enabled as is_autocast_cache_enabled,
    is_autocast_cpu_enabled as is_autocast_cpu_enabled, is_autocast_enabled as is_autocast_enabled,
    set_autocast_cache_enabled as set_autocast_cache_enabled, set_autocast_cpu_dtype as
    set_autocast_cpu_dtype, set_autocast_cpu_enabled as set_autocast_cpu_enabled, set_autocast_dtype as
    set_autocast_dtype, set_autocast_enabled as set_autocast_enabled, set_autocast_gpu_dtype as
    set_autocast_gpu_dtype
)
from microtensor.namespaces.assertions import (
    _assert as _assert, _assert_async as _assert_async, _check as _check, _check_index as _check_index,
    _check_not_implemented as _check_not_implemented, _check_tensor_all as _check_tensor_all,
    _check_tensor_all_with as _check_tensor_all_with, _check_type as _check_type, _check_value as
    _check_value, _check_with as _check_with
)
from microtensor.autograd.anomaly_mode import (
    is_anomaly_check_nan_enabled as is_anomaly_check_nan_enabled, is_anomaly_enabled as is_anomaly_enabled
)
from microtensor.compat.install import as_torch as as_torch
from microtensor.creation.factories import (
    empty as empty, empty_like as empty_like, empty_permuted as empty_permuted, full as full, full_like as
    full_like, ones as ones, ones_like as ones_like, zeros as zeros, zeros_like as zeros_like
)
from microtensor.creation.from_data import (
    as_tensor as as_tensor, asarray as asarray, from_numpy as from_numpy, tensor as tensor
)
from microtensor.creation.ranges import (
    arange as arange, eye as eye, frombuffer as frombuffer, linspace as linspace, logspace as logspace,
    range as range, scalar_tensor as scalar_tensor, tril_indices as tril_indices, triu_indices as
    triu_indices
)
from microtensor.creation.windows import (
    bartlett_window as bartlett_window, blackman_window as blackman_window, hamming_window as
    hamming_window, hann_window as hann_window, kaiser_window as kaiser_window
)
from microtensor.namespaces.devices.absent import Event as Event, Stream as Stream
from microtensor.distributions.sampling.binomial_function import binomial as binomial
from microtensor.engine.attributes.dtype_objects import (
    bfloat16 as bfloat16, bit as bit, bits16 as bits16, bits1x8 as bits1x8, bits2x4 as bits2x4, bits4x2 as
    bits4x2, bits8 as bits8, bool as bool, cdouble as cdouble, cfloat as cfloat, chalf as chalf,
    complex128 as complex128, complex32 as complex32, complex64 as complex64, double as double, dtype as
    dtype, float as float, float16 as float16, float32 as float32, float4_e2m1fn_x2 as float4_e2m1fn_x2,
    float64 as float64, float8_e4m3fn as float8_e4m3fn, float8_e4m3fnuz as float8_e4m3fnuz, float8_e5m2 as
    float8_e5m2, float8_e5m2fnuz as float8_e5m2fnuz, float8_e8m0fnu as float8_e8m0fnu, half as half, int
    as int, int1 as int1, int16 as int16, int2 as int2, int3 as int3, int32 as int32, int4 as int4, int5
    as int5, int6 as int6, int64 as int64, int7 as int7, int8 as int8, long as long, qint32 as qint32,
    qint8 as qint8, quint2x4 as quint2x4, quint4x2 as quint4x2, quint8 as quint8, short as short, uint1 as
    uint1, uint16 as uint16, uint2 as uint2, uint3 as uint3, uint32 as uint32, uint4 as uint4, uint5 as
    uint5, uint6 as uint6, uint64 as uint64, uint7 as uint7, uint8 as uint8
)
from microtensor.engine.attributes.layout_format import (
    _mkldnn as _mkldnn, channels_last as channels_last, channels_last_3d as channels_last_3d,
    contiguous_format as contiguous_format, jagged as jagged, layout as layout, legacy_contiguous_format
    as legacy_contiguous_format, memory_format as memory_format, per_channel_affine as per_channel_affine,
    per_channel_affine_float_qparams as per_channel_affine_float_qparams, per_channel_symmetric as
    per_channel_symmetric, per_tensor_affine as per_tensor_affine, per_tensor_symmetric as
    per_tensor_symmetric, preserve_format as preserve_format, qscheme as qscheme, sparse_bsc as
    sparse_bsc, sparse_bsr as sparse_bsr, sparse_coo as sparse_coo, sparse_csc as sparse_csc, sparse_csr
    as sparse_csr, strided as strided
)
from microtensor.engine.calls.warn_once import (
    is_warn_always_enabled as is_warn_always_enabled, set_warn_always as set_warn_always
)
from microtensor.engine.grad_mode import (
    enable_grad as enable_grad, inference_mode as inference_mode, is_grad_enabled as is_grad_enabled,
    is_inference_mode_enabled as is_inference_mode_enabled, no_grad as no_grad, set_grad_enabled as
    set_grad_enabled
)
from microtensor.engine.op import op as op
from microtensor.engine.op_definition import case as case, registry as registry
from microtensor.engine.printing import set_printoptions as set_printoptions
from microtensor.engine.size_device import device as _DeviceObjType, Size as Size, device as device
from microtensor.engine.tensor import Tensor as Tensor
from microtensor.engine.type_info import (
    can_cast as can_cast, finfo as finfo, get_default_dtype as get_default_dtype, iinfo as iinfo,
    promote_types as promote_types, result_type as result_type, set_default_dtype as set_default_dtype
)
from microtensor.func.vmap import vmap as vmap
from microtensor.namespaces.futures import Future as Future
from microtensor.interop.dlpack import from_dlpack as from_dlpack, to_dlpack as to_dlpack
from microtensor.namespaces.jit.script_types import (
    AnyType as AnyType, AwaitType as AwaitType, BoolType as BoolType, ClassType as ClassType, ComplexType
    as ComplexType, DictType as DictType, EnumType as EnumType, FloatType as FloatType, FutureType as
    FutureType, IntType as IntType, InterfaceType as InterfaceType, ListType as ListType, NoneType as
    NoneType, NumberType as NumberType, OptionalType as OptionalType, PyObjectType as PyObjectType,
    RRefType as RRefType, StreamObjType as StreamObjType, StringType as StringType, SymBoolType as
    SymBoolType, SymIntType as SymIntType, TensorType as TensorType, TupleType as TupleType, Type as Type,
    UnionType as UnionType
)
from microtensor.namespaces.jit.scripting import (
    ScriptFunction as ScriptFunction, ScriptModule as ScriptModule
)
from microtensor.legacy.tensor_types import (
    BoolTensor as BoolTensor, ByteTensor as ByteTensor, CharTensor as CharTensor, DoubleTensor as
    DoubleTensor, FloatTensor as FloatTensor, HalfTensor as HalfTensor, IntTensor as IntTensor, LongTensor
    as LongTensor, ShortTensor as ShortTensor, set_default_tensor_type as set_default_tensor_type
)
from microtensor.linalg.householder import geqrf as geqrf, orgqr as orgqr, ormqr as ormqr
from microtensor.linalg.low_rank import (
    lobpcg as lobpcg, pca_lowrank as pca_lowrank, svd_lowrank as svd_lowrank
)
from microtensor.nn.functional.bilinear_form import bilinear as bilinear
from microtensor.nn.functional.random_activations import (
    celu_ as celu_, relu_ as relu_, rrelu_ as rrelu_, selu_ as selu_, threshold_ as threshold_
)
from microtensor.ops.activations.piecewise import (
    celu as celu, hardshrink as hardshrink, prelu as prelu, selu as selu
)
from microtensor.ops.activations.smooth import relu as relu
from microtensor.ops.activations.softmax import log_softmax as log_softmax, softmax as softmax
from microtensor.ops.complex.parts import (
    adjoint as adjoint, complex as complex, conj as conj, conj_physical as conj_physical, imag as imag,
    real as real, resolve_conj as resolve_conj, resolve_neg as resolve_neg, view_as_complex as
    view_as_complex, view_as_real as view_as_real
)
from microtensor.ops.complex.polar import angle as angle, polar as polar, sgn as sgn
from microtensor.ops.convolution.conv import (
    conv1d as conv1d, conv2d as conv2d, conv3d as conv3d, conv_tbc as conv_tbc, conv_transpose1d as
    conv_transpose1d, conv_transpose2d as conv_transpose2d, conv_transpose3d as conv_transpose3d
)
from microtensor.ops.distance.cdist import cdist as cdist
from microtensor.ops.distance.pdist import dist as dist, pdist as pdist
from microtensor.ops.distance.renorm import renorm as renorm
from microtensor.ops.distance.similarity import (
    cosine_similarity as cosine_similarity, pairwise_distance as pairwise_distance
)
from microtensor.ops.elementwise.arithmetic import (
    add as add, mul as mul, mul as _multiply, rsub as rsub, sub as sub, sub as _subtract
)
from microtensor.ops.elementwise.casting import clone as clone
from microtensor.ops.elementwise.clamp import (
    clamp as clamp, clamp_max as clamp_max, clamp_min as clamp_min, clamp as _clip
)
from microtensor.ops.elementwise.combinations import addcdiv as addcdiv, addcmul as addcmul, lerp as lerp
from microtensor.ops.elementwise.comparison import (
    allclose as allclose, bitwise_and as bitwise_and, bitwise_not as bitwise_not, bitwise_or as
    bitwise_or, bitwise_xor as bitwise_xor, eq as eq, equal as equal, fmax as fmax, fmin as fmin, ge as
    ge, gt as _greater, ge as _greater_equal, gt as gt, isclose as isclose, isfinite as isfinite, isinf as
    isinf, isnan as isnan, le as le, lt as _less, le as _less_equal, logical_and as logical_and,
    logical_not as logical_not, logical_or as logical_or, logical_xor as logical_xor, lt as lt, ne as ne,
    ne as _not_equal
)
from microtensor.ops.elementwise.division import (
    div as div, div as _divide, floor_divide as floor_divide, fmod as fmod, remainder as remainder, div as
    _true_divide, trunc as trunc
)
from microtensor.ops.elementwise.exponential import (
    exp as exp, exp2 as exp2, expm1 as expm1, log as log, log10 as log10, log1p as log1p, log2 as log2,
    logaddexp as logaddexp, logaddexp2 as logaddexp2, sigmoid as sigmoid
)
from microtensor.ops.elementwise.floating_point import (
    frexp as frexp, isneginf as isneginf, isposinf as isposinf, isreal as isreal, ldexp as ldexp,
    nan_to_num as nan_to_num, nextafter as nextafter, signbit as signbit
)
from microtensor.ops.elementwise.integers_bits import (
    bitwise_left_shift as bitwise_left_shift, bitwise_right_shift as bitwise_right_shift, gcd as gcd, lcm
    as lcm
)
from microtensor.ops.elementwise.maximum import maximum as maximum, minimum as minimum
from microtensor.ops.elementwise.nonzero import nonzero as nonzero
from microtensor.ops.elementwise.power import pow as pow
from microtensor.ops.elementwise.powers_roots import (
    float_power as float_power, reciprocal as reciprocal, rsqrt as rsqrt, sqrt as sqrt, square as square
)
from microtensor.ops.elementwise.rounding import (
    ceil as ceil, fix as fix, floor as floor, frac as frac, round as round
)
from microtensor.ops.elementwise.select import where as where
from microtensor.ops.elementwise.sign_abs import (
    abs as abs, abs as _absolute, copysign as copysign, heaviside as heaviside, neg as neg, neg as
    _negative, positive as positive, sign as sign
)
from microtensor.ops.elementwise.trigonometric import (
    acos as acos, acosh as acosh, acos as _arccos, acosh as _arccosh, asin as _arcsin, asinh as _arcsinh,
    atan2 as _arctan2, atan as _arctan, atanh as _arctanh, asin as asin, asinh as asinh, atan as atan,
    atan2 as atan2, atanh as atanh, cos as cos, cosh as cosh, deg2rad as deg2rad, hypot as hypot, rad2deg
    as rad2deg, sin as sin, sinh as sinh, tan as tan, tanh as tanh
)
from microtensor.ops.fourier.short_time import istft as istft, stft as stft
from microtensor.ops.indexing.gather_scatter import (
    gather as gather, scatter as scatter, scatter_add as scatter_add
)
from microtensor.ops.indexing.getitem import select as select
from microtensor.ops.indexing.index_put import index_put as index_put
from microtensor.ops.indexing.index_writes import (
    fill as fill, index_add as index_add, index_copy as index_copy, index_fill as index_fill, index_reduce
    as index_reduce, masked_scatter as masked_scatter, scatter_reduce as scatter_reduce
)
from microtensor.ops.indexing.masked import masked_fill as masked_fill, masked_select as masked_select
from microtensor.ops.indexing.narrow import index_select as index_select, narrow as narrow
from microtensor.ops.indexing.sorting import argsort as argsort, sort as sort, topk as topk
from microtensor.ops.indexing.take import take as take, take_along_dim as take_along_dim
from microtensor.ops.indexing.unique_search import (
    argwhere as argwhere, bucketize as bucketize, isin as isin, nonzero_static as nonzero_static,
    searchsorted as searchsorted, unique as unique, unique_consecutive as unique_consecutive,
    unravel_index as unravel_index
)
from microtensor.ops.inplace.as_functions import (
    abs_ as abs_, acos_ as acos_, acosh_ as acosh_, addmv_ as addmv_, arccos_ as arccos_, arccosh_ as
    arccosh_, arcsin_ as arcsin_, arcsinh_ as arcsinh_, arctan_ as arctan_, arctanh_ as arctanh_,
    as_strided_ as as_strided_, asin_ as asin_, asinh_ as asinh_, atan_ as atan_, atanh_ as atanh_, ceil_
    as ceil_, clamp_ as clamp_, clamp_max_ as clamp_max_, clamp_min_ as clamp_min_, clip_ as clip_, cos_
    as cos_, cosh_ as cosh_, deg2rad_ as deg2rad_, detach_ as detach_, erf_ as erf_, erfc_ as erfc_, exp2_
    as exp2_, exp_ as exp_, expm1_ as expm1_, fill_ as fill_, fix_ as fix_, floor_ as floor_, frac_ as
    frac_, gcd_ as gcd_, i0_ as i0_, index_put_ as index_put_, lcm_ as lcm_, ldexp_ as ldexp_, log10_ as
    log10_, log1p_ as log1p_, log2_ as log2_, log_ as log_, logit_ as logit_, nan_to_num_ as nan_to_num_,
    neg_ as neg_, negative_ as negative_, rad2deg_ as rad2deg_, reciprocal_ as reciprocal_, resize_as_ as
    resize_as_, round_ as round_, rsqrt_ as rsqrt_, sigmoid_ as sigmoid_, sin_ as sin_, sinc_ as sinc_,
    sinh_ as sinh_, sqrt_ as sqrt_, square_ as square_, tan_ as tan_, tanh_ as tanh_, trunc_ as trunc_,
    xlogy_ as xlogy_, zero_ as zero_
)
from microtensor.ops.joining.as_strided import (
    as_strided as as_strided, as_strided_scatter as as_strided_scatter
)
from microtensor.ops.joining.cat_split import (
    cat as cat, chunk as chunk, concat as concat, concatenate as concatenate, hstack as hstack, meshgrid
    as meshgrid, split as split, stack as stack, tile as tile, unbind as unbind, unsafe_chunk as
    unsafe_chunk, unsafe_split as unsafe_split, unsafe_split_with_sizes as unsafe_split_with_sizes, vstack
    as vstack
)
from microtensor.ops.joining.copies import (
    alias_copy as alias_copy, as_strided_copy as as_strided_copy, detach_copy as detach_copy,
    diagonal_copy as diagonal_copy, expand_copy as expand_copy, permute_copy as permute_copy, select_copy
    as select_copy, slice_copy as slice_copy, split_copy as split_copy, split_with_sizes_copy as
    split_with_sizes_copy, squeeze_copy as squeeze_copy, t_copy as t_copy, transpose_copy as
    transpose_copy, unbind_copy as unbind_copy, unfold_copy as unfold_copy, unsqueeze_copy as
    unsqueeze_copy, view_copy as view_copy
)
from microtensor.ops.joining.rearrange import (
    diag_embed as diag_embed, diagflat as diagflat, diagonal_scatter as diagonal_scatter, fliplr as
    fliplr, flipud as flipud, narrow_copy as narrow_copy, repeat_interleave as repeat_interleave, roll as
    roll, rot90 as rot90, select_scatter as select_scatter, slice_scatter as slice_scatter
)
from microtensor.ops.joining.stack_variants import (
    atleast_1d as atleast_1d, atleast_2d as atleast_2d, atleast_3d as atleast_3d, block_diag as
    block_diag, broadcast_shapes as broadcast_shapes, cartesian_prod as cartesian_prod, column_stack as
    column_stack, combinations as combinations, dsplit as dsplit, dstack as dstack, hsplit as hsplit,
    row_stack as row_stack, split_with_sizes as split_with_sizes, tensor_split as tensor_split, vsplit as
    vsplit
)
from microtensor.ops.linalg.before_linalg import (
    cholesky as cholesky, qr as qr, slogdet as slogdet, svd as svd, triangular_solve as triangular_solve
)
from microtensor.ops.linalg.before_linalg_lu import lu as lu, lu_solve as lu_solve, lu_unpack as lu_unpack
from microtensor.ops.linalg.determinant import det as det, logdet as logdet
from microtensor.ops.linalg.matrix_functions import (
    matrix_exp as matrix_exp, matrix_power as matrix_power, pinverse as pinverse
)
from microtensor.ops.linalg.solve_inverse import (
    cholesky_inverse as cholesky_inverse, cholesky_solve as cholesky_solve, inverse as inverse
)
from microtensor.ops.lists.foreach import (
    _foreach_abs as _foreach_abs, _foreach_abs_ as _foreach_abs_, _foreach_acos as _foreach_acos,
    _foreach_acos_ as _foreach_acos_, _foreach_add as _foreach_add, _foreach_add_ as _foreach_add_,
    _foreach_addcdiv as _foreach_addcdiv, _foreach_addcdiv_ as _foreach_addcdiv_, _foreach_addcmul as
    _foreach_addcmul, _foreach_addcmul_ as _foreach_addcmul_, _foreach_asin as _foreach_asin,
    _foreach_asin_ as _foreach_asin_, _foreach_atan as _foreach_atan, _foreach_atan_ as _foreach_atan_,
    _foreach_ceil as _foreach_ceil, _foreach_ceil_ as _foreach_ceil_, _foreach_clamp_max as
    _foreach_clamp_max, _foreach_clamp_max_ as _foreach_clamp_max_, _foreach_clamp_min as
    _foreach_clamp_min, _foreach_clamp_min_ as _foreach_clamp_min_, _foreach_clone as _foreach_clone,
    _foreach_copy_ as _foreach_copy_, _foreach_cos as _foreach_cos, _foreach_cos_ as _foreach_cos_,
    _foreach_cosh as _foreach_cosh, _foreach_cosh_ as _foreach_cosh_, _foreach_div as _foreach_div,
    _foreach_div_ as _foreach_div_, _foreach_erf as _foreach_erf, _foreach_erf_ as _foreach_erf_,
    _foreach_erfc as _foreach_erfc, _foreach_erfc_ as _foreach_erfc_, _foreach_exp as _foreach_exp,
    _foreach_exp_ as _foreach_exp_, _foreach_expm1 as _foreach_expm1, _foreach_expm1_ as _foreach_expm1_,
    _foreach_floor as _foreach_floor, _foreach_floor_ as _foreach_floor_, _foreach_frac as _foreach_frac,
    _foreach_frac_ as _foreach_frac_, _foreach_lerp as _foreach_lerp, _foreach_lerp_ as _foreach_lerp_,
    _foreach_lgamma as _foreach_lgamma, _foreach_lgamma_ as _foreach_lgamma_, _foreach_log as
    _foreach_log, _foreach_log10 as _foreach_log10, _foreach_log10_ as _foreach_log10_, _foreach_log1p as
    _foreach_log1p, _foreach_log1p_ as _foreach_log1p_, _foreach_log2 as _foreach_log2, _foreach_log2_ as
    _foreach_log2_, _foreach_log_ as _foreach_log_, _foreach_max as _foreach_max, _foreach_maximum as
    _foreach_maximum, _foreach_maximum_ as _foreach_maximum_, _foreach_minimum as _foreach_minimum,
    _foreach_minimum_ as _foreach_minimum_, _foreach_mm as _foreach_mm, _foreach_mul as _foreach_mul,
    _foreach_mul_ as _foreach_mul_, _foreach_neg as _foreach_neg, _foreach_neg_ as _foreach_neg_,
    _foreach_norm as _foreach_norm, _foreach_pow as _foreach_pow, _foreach_pow_ as _foreach_pow_,
    _foreach_powsum as _foreach_powsum, _foreach_reciprocal as _foreach_reciprocal, _foreach_reciprocal_
    as _foreach_reciprocal_, _foreach_round as _foreach_round, _foreach_round_ as _foreach_round_,
    _foreach_rsqrt as _foreach_rsqrt, _foreach_rsqrt_ as _foreach_rsqrt_, _foreach_sigmoid as
    _foreach_sigmoid, _foreach_sigmoid_ as _foreach_sigmoid_, _foreach_sign as _foreach_sign,
    _foreach_sign_ as _foreach_sign_, _foreach_sin as _foreach_sin, _foreach_sin_ as _foreach_sin_,
    _foreach_sinh as _foreach_sinh, _foreach_sinh_ as _foreach_sinh_, _foreach_sqrt as _foreach_sqrt,
    _foreach_sqrt_ as _foreach_sqrt_, _foreach_sub as _foreach_sub, _foreach_sub_ as _foreach_sub_,
    _foreach_tan as _foreach_tan, _foreach_tan_ as _foreach_tan_, _foreach_tanh as _foreach_tanh,
    _foreach_tanh_ as _foreach_tanh_, _foreach_trunc as _foreach_trunc, _foreach_trunc_ as
    _foreach_trunc_, _foreach_zero_ as _foreach_zero_
)
from microtensor.ops.matmul.blas import (
    addbmm as addbmm, addmv as addmv, addr as addr, ger as ger, inner as inner, vander as vander, vdot as
    vdot
)
from microtensor.ops.matmul.einsum import einsum as einsum
from microtensor.ops.matmul.matmul import (
    addmm as addmm, baddbmm as baddbmm, bmm as bmm, dot as dot, matmul as matmul, mm as mm, mv as mv,
    outer as outer
)
from microtensor.ops.matmul.tensordot_kron import (
    chain_matmul as chain_matmul, kron as kron, tensordot as tensordot
)
from microtensor.ops.matmul.vectors import cross as cross
from microtensor.ops.pooling.adaptive_pool import adaptive_avg_pool1d as adaptive_avg_pool1d
from microtensor.ops.pooling.pool import (
    avg_pool1d as avg_pool1d, max_pool1d as max_pool1d, max_pool2d as max_pool2d, max_pool3d as max_pool3d
)
from microtensor.ops.reductions.count_nonzero import count_nonzero as count_nonzero
from microtensor.ops.reductions.covariance import corrcoef as corrcoef, cov as cov
from microtensor.ops.reductions.cumsum_flip import cumsum as cumsum
from microtensor.ops.reductions.cumulative import (
    cummax as cummax, cummin as cummin, cumprod as cumprod, logcumsumexp as logcumsumexp
)
from microtensor.ops.reductions.finite_differences import (
    cumulative_trapezoid as cumulative_trapezoid, diff as diff, gradient as gradient, trapezoid as
    trapezoid, trapz as trapz
)
from microtensor.ops.reductions.histograms import (
    bincount as bincount, histc as histc, histogram as histogram, histogramdd as histogramdd
)
from microtensor.ops.reductions.max_min import (
    amax as amax, amin as amin, aminmax as aminmax, argmax as argmax, argmin as argmin, max as max, min as
    min
)
from microtensor.ops.reductions.median_mode import (
    kthvalue as kthvalue, median as median, mode as mode, msort as msort, nanmedian as nanmedian
)
from microtensor.ops.reductions.nan_reductions import nanmean as nanmean, nansum as nansum
from microtensor.ops.reductions.norm import norm as norm
from microtensor.ops.reductions.prod import prod as prod
from microtensor.ops.reductions.quantiles import nanquantile as nanquantile, quantile as quantile
from microtensor.ops.reductions.sum_mean import logsumexp as logsumexp
from microtensor.ops.reductions.variance import (
    std as std, std_mean as std_mean, var as var, var_mean as var_mean
)
from microtensor.ops.special.bessel import i0 as i0
from microtensor.ops.special.entropy_logit import logit as logit, sinc as sinc, xlogy as xlogy
from microtensor.ops.special.erf import erf as erf
from microtensor.ops.special.error_functions import erfc as erfc, erfinv as erfinv
from microtensor.ops.special.gamma import (
    digamma as digamma, lgamma as lgamma, mvlgamma as mvlgamma, polygamma as polygamma
)
from microtensor.ops.tensor_info.functions import (
    all as all, any as any, is_floating_point as is_floating_point, is_tensor as is_tensor, mean as mean,
    numel as numel, sum as sum
)
from microtensor.ops.tensor_info.predicates import (
    detach as detach, empty_strided as empty_strided, get_device as get_device, is_complex as is_complex,
    is_conj as is_conj, is_inference as is_inference, is_neg as is_neg, is_nonzero as is_nonzero,
    is_same_size as is_same_size, is_signed as is_signed
)
from microtensor.ops.tensor_info.storage_classes import (
    BoolStorage as BoolStorage, ByteStorage as ByteStorage, CharStorage as CharStorage, DoubleStorage as
    DoubleStorage, FloatStorage as FloatStorage, HalfStorage as HalfStorage, IntStorage as IntStorage,
    LongStorage as LongStorage, ShortStorage as ShortStorage, TypedStorage as TypedStorage, UntypedStorage
    as UntypedStorage, is_storage as is_storage
)
from microtensor.ops.views.diagonals import diag as diag, diagonal as diagonal, trace as trace
from microtensor.ops.views.expand import broadcast_tensors as broadcast_tensors, broadcast_to as broadcast_to
from microtensor.ops.views.flip import flip as flip
from microtensor.ops.views.permute import (
    movedim as _moveaxis, movedim as movedim, permute as permute, swapaxes as swapaxes, transpose as
    _swapdims, t as t, transpose as transpose
)
from microtensor.ops.views.reshape import (
    flatten as flatten, ravel as ravel, reshape as reshape, unflatten as unflatten
)
from microtensor.ops.views.squeeze import squeeze as squeeze, unsqueeze as unsqueeze
from microtensor.ops.views.triangles import tril as tril, triu as triu
from microtensor.ops.vision.grid_sample import (
    grid_sampler as grid_sampler, grid_sampler as _grid_sampler_2d, grid_sampler as _grid_sampler_3d
)
from microtensor.ops.vision.pixel_shuffle import (
    channel_shuffle as channel_shuffle, pixel_shuffle as pixel_shuffle, pixel_unshuffle as pixel_unshuffle
)
from microtensor.ops.windows.padding import constant_pad_nd as constant_pad_nd
from microtensor.random.generator import (
    Generator as Generator, default_generator as default_generator, get_rng_state as get_rng_state,
    initial_seed as initial_seed, manual_seed as manual_seed, seed as seed, set_rng_state as set_rng_state
)
from microtensor.random.poisson import poisson as poisson
from microtensor.random.tensors import (
    bernoulli as bernoulli, multinomial as multinomial, normal as normal, rand as rand, rand_like as
    rand_like, randint as randint, randint_like as randint_like, randn as randn, randn_like as randn_like,
    randperm as randperm
)
from microtensor.serialization.file_reader import PyTorchFileReader as PyTorchFileReader
from microtensor.serialization.save_load import load as load, save as save
from microtensor.settings import (
    are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled, compile as compile,
    get_default_device as get_default_device, get_deterministic_debug_mode as
    get_deterministic_debug_mode, get_device_module as get_device_module, get_float32_matmul_precision as
    get_float32_matmul_precision, get_num_interop_threads as get_num_interop_threads, get_num_threads as
    get_num_threads, is_deterministic_algorithms_warn_only_enabled as
    is_deterministic_algorithms_warn_only_enabled, set_default_device as set_default_device,
    set_deterministic_debug_mode as set_deterministic_debug_mode, set_float32_matmul_precision as
    set_float32_matmul_precision, set_num_interop_threads as set_num_interop_threads, set_num_threads as
    set_num_threads, typename as typename, use_deterministic_algorithms as use_deterministic_algorithms
)
from microtensor.sparse.compressed_creation import (
    sparse_compressed_tensor as sparse_compressed_tensor, sparse_csc_tensor as sparse_csc_tensor,
    sparse_csr_tensor as sparse_csr_tensor
)
from microtensor.sparse.creation import sparse_coo_tensor as sparse_coo_tensor
from microtensor.sparse.index_conversion import (
    _convert_indices_from_coo_to_csr as _convert_indices_from_coo_to_csr, _convert_indices_from_csr_to_coo
    as _convert_indices_from_csr_to_coo
)
from microtensor.sparse.namespace_functions import spmm as _dsmm, spmm as spmm
from microtensor.sparse.products import hspmm as hspmm, smm as smm
from microtensor.sparse.segments import segment_reduce as __segment_reduce, segment_reduce as segment_reduce
from microtensor.special.incomplete_gamma import igamma as igamma, igammac as igammac
from microtensor.namespaces.symbolic import (
    SymBool as SymBool, SymFloat as SymFloat, SymInt as SymInt, sym_float as sym_float, sym_int as
    sym_int, sym_max as sym_max, sym_min as sym_min, sym_not as sym_not
)
from microtensor.namespaces import _C as _C
from microtensor.namespaces import _VF as _VF
from microtensor.namespaces import __config__ as __config__
from microtensor.namespaces import __future__ as __future__
from microtensor.namespaces import _custom_ops as _custom_ops
from microtensor.namespaces import _dynamo as _dynamo
from microtensor.namespaces import _functorch as _functorch
from microtensor.namespaces import _higher_order_ops as _higher_order_ops
from microtensor.namespaces import _jit_internal as _jit_internal
from microtensor.namespaces import _subclasses as _subclasses
from microtensor.namespaces import accelerator as accelerator
from microtensor.namespaces import amp as amp
from microtensor.namespaces import ao as ao
from microtensor import autograd as autograd
from microtensor.namespaces import backends as backends
from microtensor.namespaces import compiler as compiler
from microtensor.namespaces import cpu as cpu
from microtensor.namespaces import cuda as cuda
from microtensor import datasets as datasets
from microtensor import distributed as distributed
from microtensor import distributions as distributions
from microtensor import errors as errors
from microtensor import export as export
from microtensor import fft as fft
from microtensor import func as func
from microtensor.namespaces import functional as functional
from microtensor.namespaces import functorch as functorch
from microtensor.namespaces import futures as futures
from microtensor.namespaces import fx as fx
from microtensor.namespaces import hub as hub
from microtensor.interop import array_api as array_api
from microtensor.namespaces import jit as jit
from microtensor.namespaces import library as library
from microtensor import linalg as linalg
from microtensor.namespaces import masked as masked
from microtensor.namespaces import monitor as monitor
from microtensor.namespaces import mps as mps
from microtensor.namespaces import mtia as mtia
from microtensor.namespaces import multiprocessing as multiprocessing
from microtensor.namespaces import nested as nested
from microtensor import nn as nn
from microtensor import onnx as onnx
from microtensor import ops as ops
from microtensor import optim as optim
from microtensor.namespaces import overrides as overrides
from microtensor.namespaces import package as package
from microtensor import playground as playground
from microtensor.namespaces import profiler as profiler
from microtensor.namespaces import quasirandom as quasirandom
from microtensor import random as random
from microtensor.namespaces import return_types as return_types
from microtensor import serialization as serialization
from microtensor.namespaces import signal as signal
from microtensor import sparse as sparse
from microtensor import special as special
from microtensor.namespaces import storage as storage
from microtensor import testing as testing
from microtensor import train as train
from microtensor.namespaces import types as types
from microtensor import utils as utils
from microtensor.namespaces import version as version
from microtensor import viz as viz
from microtensor.namespaces import xpu as xpu
DeviceObjType = _DeviceObjType
multiply = _multiply
subtract = _subtract
clip = _clip
greater = _greater
greater_equal = _greater_equal
less = _less
less_equal = _less_equal
not_equal = _not_equal
divide = _divide
true_divide = _true_divide
absolute = _absolute
negative = _negative
arccos = _arccos
arccosh = _arccosh
arcsin = _arcsin
arcsinh = _arcsinh
arctan2 = _arctan2
arctan = _arctan
arctanh = _arctanh
moveaxis = _moveaxis
swapdims = _swapdims
grid_sampler_2d = _grid_sampler_2d
grid_sampler_3d = _grid_sampler_3d
dsmm = _dsmm
_segment_reduce = __segment_reduce
