"""Which overloads PyTorch's operators have that take the arguments of this package's functions of the name.

A row's key are the overloads, its value the operators; one in no row has the one overload ``default``.
Read from the schemas of PyTorch 2.13.
"""

from __future__ import annotations

_ROWS = {
    "IntList Tensor": "ctc_loss",
    "Scalar ScalarOpt_dim ScalarOpt_dim_dtype ScalarOpt_dtype": "norm",
    "Scalar Tensor": (
        "eq_ fill fill_ ge_ greater_ greater_equal_ gt_ le_ lerp lerp_ less_ less_equal_ lt_ masked_fill "
        "masked_fill_ ne_ not_equal_ pow_ "
    ),
    "Tensor": (
        "add add_ frexp index ldexp rsub slice slice_copy split split_copy sub sub_ subtract "
        "subtract_ unsafe_split"
    ),
    "Tensor Scalar": (
        "bitwise_and_ bitwise_or_ bitwise_xor_ bucketize copysign copysign_ eq float_power_ floor_divide_ "
        "fmod fmod_ ge greater greater_equal gt le less less_equal lt mul mul_ multiply multiply_ ne "
        "not_equal remainder_ searchsorted true_divide true_divide_ "
    ),
    "Tensor Scalar Scalar_Tensor": "bitwise_and bitwise_or bitwise_xor remainder",
    "Tensor Scalar Scalar_Tensor Scalar_Scalar": "result_type",
    "Tensor Scalar Tensor_mode Scalar_mode": "div divide",
    "Tensor Scalar_Other": "xlogy_",
    "Tensor Scalar_Other Scalar_Self": "xlogy",
    "Tensor Tensor_Scalar Scalar_Tensor": "bitwise_left_shift bitwise_right_shift",
    "Tensor Tensor_mode Scalar Scalar_mode": "div_",
    "Tensor Tensor_mode Scalar_mode Scalar": "divide_",
    "Tensor float": "bernoulli_",
    "Tensor int float": "copy_",
    "Tensor_Scalar Tensor": "bitwise_left_shift_ bitwise_right_shift_",
    "Tensor_Tensor": "isin",
    "Tensor_Tensor Tensor_Scalar Scalar": "float_power pow",
    "Tensor_Tensor Tensor_Scalar Scalar_Tensor default": "linspace logspace",
    "Tensor_float float_Tensor Tensor_Tensor float_float": "normal",
    "bins_tensor bin_ct": "histogram",
    "center": "stft",
    "default Q": "qr",
    "default Scalar": "floor_divide",
    "default Sequence": "atleast_1d atleast_2d atleast_3d",
    "default Tensor": "clamp clamp_ clamp_max clamp_max_ clamp_min clamp_min_ clip clip_ narrow",
    "default X": "triangular_solve",
    "default a": "geqrf",
    "default decimals": "round round_",
    "default dim": "mean",
    "default dim dim_max": "max",
    "default dim dim_min": "min",
    "default dim dim_values": "median nanmedian",
    "default dim dims": "squeeze squeeze_ squeeze_copy",
    "default dim dims int float bool": "all",
    "default dim dims str int float bool": "any",
    "default dim_IntList": "count_nonzero",
    "default dim_int": "prod",
    "default dtype": "view view_copy",
    "default generator": "rand rand_like randn randn_like randperm",
    "default hacked_twin": "index_put index_put_",
    "default indexing": "meshgrid",
    "default int_bins TensorList_bins": "histogramdd",
    "default inverse": "linalg_inv_ex",
    "default list": "as_tensor",
    "default m": "eye",
    "default memory_format": "is_contiguous",
    "default ord_str": "linalg_norm",
    "default other_scalar self_scalar": "special_xlog1py special_xlogy special_zeta",
    "default p Tensor": "bernoulli",
    "default padding": "conv1d conv2d conv3d",
    "default periodic": "bartlett_window blackman_window hann_window",
    "default periodic beta": "kaiser_window",
    "default periodic periodic_alpha periodic_alpha_beta": "hamming_window",
    "default scalar": "nanquantile quantile",
    "default stable": "argsort",
    "default stable values_stable": "sort",
    "default sublist": "einsum",
    "default x_scalar n_scalar": (
        "special_chebyshev_polynomial_t special_chebyshev_polynomial_u special_chebyshev_polynomial_v "
        "special_chebyshev_polynomial_w special_hermite_polynomial_h special_hermite_polynomial_he "
        "special_laguerre_polynomial_l special_legendre_polynomial_p special_shifted_chebyshev_polynomial_t "
        "special_shifted_chebyshev_polynomial_u special_shifted_chebyshev_polynomial_v "
        "special_shifted_chebyshev_polynomial_w "
    ),
    "device dtype other prim_Device prim_dtype prim_other": "to",
    "dim correction": "std std_mean var var_mean",
    "dim_IntList default": "sum",
    "input": "conv_transpose2d conv_transpose3d",
    "int": "log_softmax select select_copy softmax transpose transpose_copy unbind unbind_copy unflatten",
    "int default": "size stride",
    "int intlist": "movedim",
    "int_Tensor int_Scalar": "index_fill index_fill_",
    "intlist int": "moveaxis",
    "low low_generator": "randint",
    "low_dtype low_generator_dtype": "randint_like",
    "memory_format": "empty",
    "scalarint scalararray array scalarrayint scalarrayarray tensorarrayint tensorarray": "gradient",
    "self ScalarOther ScalarSelf Scalar default": "where",
    "self_Tensor self_int": "repeat_interleave",
    "source_Storage_storage_offset source_Tensor default source_Storage source_Tensor_storage_offset": (
        "set_ "
    ),
    "src reduce": "scatter scatter_",
    "start start_step": "arange",
    "step default": "range",
    "two": "scatter_reduce scatter_reduce_",
    "using_ints": "flatten",
    "with_index": "device",
    "x dx": "cumulative_trapezoid trapezoid trapz",
}
OVERLOADS = {name: key.split() for key, row in _ROWS.items() for name in row.split()}

_words = str.split
DIFFERENT = frozenset(_words(
    "alpha_dropout batch_norm binary_cross_entropy binary_cross_entropy_with_logits "
    "cosine_embedding_loss dropout elu elu_ embedding embedding_bag feature_alpha_dropout "
    "fractional_max_pool2d fractional_max_pool3d group_norm hinge_embedding_loss initial_seed "
    "instance_norm kl_div l1_loss layer_norm linalg_pinv margin_ranking_loss max_unpool2d max_unpool3d "
    "mse_loss multi_margin_loss multilabel_margin_loss nll_loss poisson_nll_loss qscheme rrelu save "
    "seed set_grad_enabled smooth_l1_loss soft_margin_loss split tensordot triplet_margin_loss unfold "
    "uniform_ "
))  # fmt: skip
"""Operators whose arguments stand in another order than those of the function of the same name."""
