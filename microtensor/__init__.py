"""microtensor: PyTorch's model of differentiation, on NumPy alone, small enough to read.

    import microtensor as torch

    w = torch.tensor([1.0, 2.0], requires_grad=True)
    loss = (w * w).sum()
    loss.backward()
    w.grad                      # tensor([2., 4.])

Names, signatures, defaults and results are PyTorch's.  This file is the whole public surface.
"""

from __future__ import annotations

from math import e, inf, nan, pi

from numpy import dtype

from . import (
    autograd,
    cuda,
    errors,
    func,
    nn,
    ops,
    optim,
    random,
    train,
    utils,
)
from ._later import OLD_TYPES, later, methods_later, properties_later
from ._malloc import prime as _prime
from .attributes import Device as device
from .attributes import Size
from .autograd import enable_grad, inference_mode, no_grad, set_grad_enabled
from .creation import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)  # fmt: skip
from .dtypes import (
    bool,
    can_cast,
    double,
    float,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    int,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    result_type,
    set_default_dtype,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)  # fmt: skip
from .func import vmap
from .functions import all, any, is_floating_point, is_tensor, mean, numel, sum
from .mode import is_grad_enabled, is_inference_mode_enabled
from .op import case, op, registry
from .ops.activation import log_softmax, relu, softmax
from .ops.arithmetic import (
    add,
    div,
    floor_divide,
    maximum,
    minimum,
    mul,
    pow,
    remainder,
    rsub,
    sub,
    trunc,
)  # fmt: skip
from .ops.cast import clone
from .ops.compare import (
    allclose,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    eq,
    equal,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    le,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
)  # fmt: skip
from .ops.diagonals import diag, diagonal, trace
from .ops.distance import cosine_similarity, pairwise_distance
from .ops.elementary import (
    acos,
    acosh,
    addcdiv,
    addcmul,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cosh,
    exp2,
    expm1,
    fmod,
    frac,
    hypot,
    lerp,
    log1p,
    log2,
    log10,
    logaddexp,
    nan_to_num,
    sinh,
    tan,
)  # fmt: skip
from .ops.extremes import amax, amin, argmax, argmin, max, min
from .ops.gathering import gather, scatter, scatter_add
from .ops.indexing import index_select, masked_fill, masked_select, narrow, nonzero, select
from .ops.inplace import index_put
from .ops.joining import (
    cat,
    chunk,
    concat,
    concatenate,
    hstack,
    meshgrid,
    split,
    stack,
    tile,
    unbind,
    vstack,
    where,
)  # fmt: skip
from .ops.moments import std, var
from .ops.norm import norm
from .ops.ordering import argsort, sort, topk
from .ops.pointwise import (
    abs,
    ceil,
    clamp,
    clamp_max,
    clamp_min,
    cos,
    erf,
    exp,
    floor,
    log,
    neg,
    reciprocal,
    round,
    rsqrt,
    sigmoid,
    sign,
    sin,
    sqrt,
    square,
    tanh,
)  # fmt: skip
from .ops.prod import prod
from .ops.product import addmm, baddbmm, bmm, dot, matmul, mm, mv, outer
from .ops.reduce import logsumexp
from .ops.scan import cumsum, flip
from .ops.shape import (
    broadcast_tensors,
    broadcast_to,
    flatten,
    movedim,
    permute,
    ravel,
    reshape,
    squeeze,
    t,
    transpose,
    tril,
    triu,
    unflatten,
    unsqueeze,
)  # fmt: skip
from .printing import set_printoptions
from .random import (
    Generator,
    bernoulli,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)  # fmt: skip
from .tensor import Tensor

absolute, multiply, subtract, divide, true_divide, negative, clip = abs, mul, sub, div, div, neg, clamp
swapaxes = swapdims = transpose
moveaxis = movedim
arcsin, arccos, arctan, arctan2, arcsinh, arccosh, arctanh = asin, acos, atan, atan2, asinh, acosh, atanh
greater, greater_equal, less, less_equal, not_equal = gt, ge, lt, le, ne
newaxis = None
__version__ = "0.1.0"
_prime()

del globals()["mode"]  # the module `mode` has the name of PyTorch's function

# Modules and names that are imported when they are first used; those in `ops.FUNCTIONS` are methods too.
LATER: dict[str, tuple[str, ...]] = {
    "amp": (),
    "array_api": (),
    "amp.mixed": ("autocast",),
    "backends": (),
    "datasets": (),
    "compat": ("as_torch",),
    "householder": ("geqrf", "orgqr", "ormqr"),
    "incomplete_gamma": ("igamma", "igammac"),
    "jit": (),
    "legacy_types": OLD_TYPES,
    "limits": ("finfo", "iinfo"),
    "multiprocessing": (),
    "ops.exchange": ("from_dlpack", "to_dlpack"),
    "serialization": (),
    "serialization.files": ("load", "save"),
    "settings": (
        "are_deterministic_algorithms_enabled",
        "get_default_device",
        "get_float32_matmul_precision",
        "get_num_interop_threads",
        "get_num_threads",
        "is_autocast_enabled",
        "set_default_device",
        "set_float32_matmul_precision",
        "set_num_interop_threads",
        "set_num_threads",
        "use_deterministic_algorithms",
    ),
    "version": (),
    "linalg": (),
    "special": (),
    "ops.cdist": ("cdist",),
    "ops.einsum": ("einsum",),
    "ops.older_lu": ("lu_unpack",),
    "ops.tensor_products": ("chain_matmul", "tensordot"),
    "legacy": (
        "channels_last",
        "channels_last_3d",
        "contiguous_format",
        "preserve_format",
        "set_default_tensor_type",
        "strided",
    ),
    "nn.functions.bilinear": ("bilinear",),
    "nn.functions.random_activations": ("celu_", "relu_", "rrelu_", "selu_", "threshold_"),
    "ops.compounds": ("vander",),
    "ops.counting": ("histogramdd", "pdist"),
    "ops.middles": ("std_mean", "var_mean"),
    "ops.piecewise": ("celu", "selu"),
    "ops.questions": ("detach", "empty_strided", "get_device", "is_complex", "is_storage"),
    "ops.running": ("cumulative_trapezoid", "gradient", "trapezoid", "trapz"),
    "ops.sets": ("bucketize", "isin", "searchsorted", "unravel_index"),
    "ops.stacks": (
        "atleast_1d",
        "atleast_2d",
        "atleast_3d",
        "block_diag",
        "broadcast_shapes",
        "cartesian_prod",
        "column_stack",
        "combinations",
        "dstack",
        "row_stack",
    ),
    "ops.writing": ("fill",),
    "ranges": ("frombuffer", "logspace", "poisson", "range", "scalar_tensor", "tril_indices", "triu_indices"),
    "switches": (
        "compile",
        "get_deterministic_debug_mode",
        "is_deterministic_algorithms_warn_only_enabled",
        "set_deterministic_debug_mode",
        "typename",
    ),
    "testing": (),
    "ops.convolutions": (
        "conv1d",
        "conv2d",
        "conv3d",
        "conv_transpose1d",
        "conv_transpose2d",
        "conv_transpose3d",
    ),
    "ops.adaptive_pools": ("adaptive_avg_pool1d",),
    "ops.pools": ("avg_pool1d", "max_pool1d", "max_pool2d", "max_pool3d"),
    "ops.shuffling": ("channel_shuffle", "pixel_shuffle", "pixel_unshuffle"),
    "viz": (),
    "distributions": (),
}
LATER |= {f"ops.{home}": (*LATER.get(f"ops.{home}", ()), *names) for home, names in ops.FUNCTIONS.items()}
methods_later(Tensor, __name__, {"viz": ("draw", "explain")})
methods_later(Tensor, __name__, {"householder": ("geqrf", "orgqr", "ormqr")})
methods_later(Tensor, __name__, {"incomplete_gamma": ("igamma", "igamma_", "igammac", "igammac_")})
properties_later(Tensor, __name__, {"naming": ("name",)})
_REAL = "tensors are real here: compute with the real and the imaginary part as two tensors"
ABSENT = {
    "bfloat16": "NumPy has no bfloat16: use float32, or float16 if memory is short",
    **dict.fromkeys(("complex32", "complex64", "complex128", "cfloat", "cdouble", "chalf", "complex"), _REAL),
    **dict.fromkeys(("view_as_real", "view_as_complex", "polar"), _REAL),
    **dict.fromkeys(("fft", "stft", "istft"), f"a Fourier transform is complex, and {_REAL}"),
    **dict.fromkeys(
        ("sparse", "sparse_coo_tensor", "sparse_csr_tensor"),
        "tensors are dense here: index_add and embedding read and add rows by number",
    ),
}
__getattr__, __dir__ = later(__name__, LATER, absent=ABSENT)
