"""Every public name, once, beside the module that defines it.

A row says which names of a module a package publishes: ``PACKAGES["nn"]["nn.linear"]`` are the layers that
`microtensor.nn` has from there.  All modules are named as seen from the top.  In a row stand

``name``        a function or class, found when it is first asked for;
``.name``       the same, and a method of Tensor as well, which waits for its first use;
``name=other``  another public name of what the module calls `other`;
``*``           whatever the package of that name publishes itself.

The row ``modules`` names whole modules, and a package's own row what it defines itself.  `_later` reads these
tables; ``.ci/names.py`` keeps them sorted, follows a function that has moved, and writes the stubs that type
checkers and editors read.
"""

from __future__ import annotations

PACKAGES: dict[str, dict[str, str]] = {
    "": {
        "": "e inf nan newaxis pi",
        "amp.grad_scaler": "GradScaler",
        "amp.mixed": "autocast",
        "amp.state": (
            "autocast_decrement_nesting autocast_increment_nesting clear_autocast_cache "
            "get_autocast_cpu_dtype get_autocast_dtype get_autocast_gpu_dtype is_autocast_cache_enabled "
            "is_autocast_cpu_enabled is_autocast_enabled set_autocast_cache_enabled set_autocast_cpu_dtype "
            "set_autocast_cpu_enabled set_autocast_dtype set_autocast_enabled set_autocast_gpu_dtype"
        ),
        "assertions": (
            "_assert _assert_async _check _check_index _check_not_implemented _check_tensor_all "
            "_check_tensor_all_with _check_type _check_value _check_with"
        ),
        "autograd.anomaly_mode": "is_anomaly_check_nan_enabled is_anomaly_enabled",
        "compat.install": "as_torch",
        "creation.factories": (
            "empty empty_like empty_permuted full full_like ones ones_like zeros zeros_like"
        ),
        "creation.from_data": "as_tensor asarray from_numpy tensor",
        "creation.ranges": (
            "arange eye frombuffer linspace logspace range scalar_tensor tril_indices triu_indices"
        ),
        "creation.windows": "bartlett_window blackman_window hamming_window hann_window kaiser_window",
        "devices.absent": "Event Stream",
        "distributions.sampling.binomial_function": "binomial",
        "engine.attributes.dtype_objects": (
            "bfloat16 bit bits16 bits1x8 bits2x4 bits4x2 bits8 bool cdouble cfloat chalf complex128 "
            "complex32 complex64 double dtype float float16 float32 float4_e2m1fn_x2 float64 float8_e4m3fn "
            "float8_e4m3fnuz float8_e5m2 float8_e5m2fnuz float8_e8m0fnu half int int1 int16 int2 int3 int32 "
            "int4 int5 int6 int64 int7 int8 long qint32 qint8 quint2x4 quint4x2 quint8 short uint1 uint16 "
            "uint2 uint3 uint32 uint4 uint5 uint6 uint64 uint7 uint8"
        ),
        "engine.attributes.layout_format": (
            "_mkldnn channels_last channels_last_3d contiguous_format jagged layout legacy_contiguous_format "
            "memory_format per_channel_affine per_channel_affine_float_qparams per_channel_symmetric "
            "per_tensor_affine per_tensor_symmetric preserve_format qscheme sparse_bsc sparse_bsr sparse_coo "
            "sparse_csc sparse_csr strided"
        ),
        "engine.calls.warn_once": "is_warn_always_enabled set_warn_always",
        "engine.grad_mode": (
            "enable_grad inference_mode is_grad_enabled is_inference_mode_enabled no_grad set_grad_enabled"
        ),
        "engine.op": "op",
        "engine.op_definition": "case registry",
        "engine.printing": "set_printoptions",
        "engine.size_device": "DeviceObjType=device Size device",
        "engine.tensor": "Tensor",
        "engine.type_info": (
            "can_cast finfo get_default_dtype iinfo promote_types result_type set_default_dtype"
        ),
        "func.vmap": "vmap",
        "futures": "Future",
        "interop.dlpack": "from_dlpack to_dlpack",
        "jit.script_types": (
            "AnyType AwaitType BoolType ClassType ComplexType DictType EnumType FloatType FutureType IntType "
            "InterfaceType ListType NoneType NumberType OptionalType PyObjectType RRefType StreamObjType "
            "StringType SymBoolType SymIntType TensorType TupleType Type UnionType"
        ),
        "jit.scripting": "ScriptFunction ScriptModule",
        "legacy.tensor_types": (
            "BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor "
            "ShortTensor set_default_tensor_type"
        ),
        "linalg.householder": ".geqrf .orgqr .ormqr",
        "linalg.low_rank": "lobpcg pca_lowrank svd_lowrank",
        "modules": (
            "_C _VF __config__ __future__ _custom_ops _dynamo _functorch _higher_order_ops _jit_internal "
            "_subclasses accelerator amp ao autograd backends compiler cpu cuda datasets distributed "
            "distributions errors export fft func functional functorch futures fx hub interop.array_api jit "
            "library linalg masked monitor mps mtia multiprocessing nested nn onnx ops optim overrides "
            "package playground profiler quasirandom random return_types serialization signal sparse special "
            "storage testing train types utils version viz xpu"
        ),
        "nn.functional.bilinear_form": "bilinear",
        "nn.functional.random_activations": "celu_ relu_ rrelu_ selu_ threshold_",
        "ops.activations.piecewise": "celu .hardshrink .prelu selu",
        "ops.activations.smooth": "relu",
        "ops.activations.softmax": "log_softmax softmax",
        "ops.complex.parts": (
            ".adjoint complex .conj .conj_physical imag real .resolve_conj .resolve_neg view_as_complex "
            "view_as_real"
        ),
        "ops.complex.polar": ".angle polar .sgn",
        "ops.convolution.conv": (
            "conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d"
        ),
        "ops.distance.cdist": "cdist",
        "ops.distance.pdist": ".dist pdist",
        "ops.distance.renorm": ".renorm",
        "ops.distance.similarity": "cosine_similarity pairwise_distance",
        "ops.elementwise.arithmetic": "add mul multiply=mul rsub sub subtract=sub",
        "ops.elementwise.casting": "clone",
        "ops.elementwise.clamp": "clamp clamp_max clamp_min clip=clamp",
        "ops.elementwise.combinations": "addcdiv addcmul lerp",
        "ops.elementwise.comparison": (
            "allclose bitwise_and bitwise_not bitwise_or bitwise_xor eq equal .fmax .fmin ge greater=gt "
            "greater_equal=ge gt isclose isfinite isinf isnan le less=lt less_equal=le logical_and "
            "logical_not logical_or logical_xor lt ne not_equal=ne"
        ),
        "ops.elementwise.division": "div divide=div floor_divide fmod remainder true_divide=div trunc",
        "ops.elementwise.exponential": "exp exp2 expm1 log log10 log1p log2 logaddexp .logaddexp2 sigmoid",
        "ops.elementwise.floating_point": (
            ".frexp .isneginf .isposinf .isreal .ldexp nan_to_num .nextafter .signbit"
        ),
        "ops.elementwise.integers_bits": ".bitwise_left_shift .bitwise_right_shift .gcd .lcm",
        "ops.elementwise.maximum": "maximum minimum",
        "ops.elementwise.nonzero": "nonzero",
        "ops.elementwise.power": "pow",
        "ops.elementwise.powers_roots": ".float_power reciprocal rsqrt sqrt square",
        "ops.elementwise.rounding": "ceil .fix floor frac round",
        "ops.elementwise.select": "where",
        "ops.elementwise.sign_abs": "abs absolute=abs .copysign .heaviside neg negative=neg .positive sign",
        "ops.elementwise.trigonometric": (
            "acos acosh arccos=acos arccosh=acosh arcsin=asin arcsinh=asinh arctan2=atan2 arctan=atan "
            "arctanh=atanh asin asinh atan atan2 atanh cos cosh .deg2rad hypot .rad2deg sin sinh tan tanh"
        ),
        "ops.fourier.short_time": "istft stft",
        "ops.indexing.gather_scatter": "gather scatter scatter_add",
        "ops.indexing.getitem": "select",
        "ops.indexing.index_put": "index_put",
        "ops.indexing.index_writes": (
            "fill .index_add .index_copy .index_fill .index_reduce .masked_scatter .scatter_reduce"
        ),
        "ops.indexing.masked": "masked_fill masked_select",
        "ops.indexing.narrow": "index_select narrow",
        "ops.indexing.sorting": "argsort sort topk",
        "ops.indexing.take": ".take .take_along_dim",
        "ops.indexing.unique_search": (
            ".argwhere bucketize isin .nonzero_static searchsorted .unique .unique_consecutive unravel_index"
        ),
        "ops.inplace.as_functions": (
            "abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_ asin_ "
            "asinh_ atan_ atanh_ ceil_ clamp_ clamp_max_ clamp_min_ clip_ cos_ cosh_ deg2rad_ detach_ erf_ "
            "erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_ gcd_ i0_ index_put_ lcm_ ldexp_ log10_ log1p_ "
            "log2_ log_ logit_ nan_to_num_ neg_ negative_ rad2deg_ reciprocal_ resize_as_ round_ rsqrt_ "
            "sigmoid_ sin_ sinc_ sinh_ sqrt_ square_ tan_ tanh_ trunc_ xlogy_ zero_"
        ),
        "ops.joining.as_strided": ".as_strided .as_strided_scatter",
        "ops.joining.cat_split": (
            "cat chunk concat concatenate hstack meshgrid split stack tile unbind unsafe_chunk unsafe_split "
            "unsafe_split_with_sizes vstack"
        ),
        "ops.joining.copies": (
            "alias_copy as_strided_copy detach_copy diagonal_copy expand_copy permute_copy select_copy "
            "slice_copy split_copy split_with_sizes_copy squeeze_copy t_copy transpose_copy unbind_copy "
            "unfold_copy unsqueeze_copy view_copy"
        ),
        "ops.joining.rearrange": (
            ".diag_embed .diagflat .diagonal_scatter .fliplr .flipud .narrow_copy .repeat_interleave .roll "
            ".rot90 .select_scatter .slice_scatter"
        ),
        "ops.joining.stack_variants": (
            "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes cartesian_prod column_stack "
            "combinations .dsplit dstack .hsplit row_stack .split_with_sizes .tensor_split .vsplit"
        ),
        "ops.linalg.before_linalg": ".cholesky .qr .slogdet .svd .triangular_solve",
        "ops.linalg.before_linalg_lu": ".lu .lu_solve lu_unpack",
        "ops.linalg.determinant": ".det .logdet",
        "ops.linalg.matrix_functions": ".matrix_exp .matrix_power .pinverse",
        "ops.linalg.solve_inverse": ".cholesky_inverse .cholesky_solve .inverse",
        "ops.lists.foreach": (
            "_foreach_abs _foreach_abs_ _foreach_acos _foreach_acos_ _foreach_add _foreach_add_ "
            "_foreach_addcdiv _foreach_addcdiv_ _foreach_addcmul _foreach_addcmul_ _foreach_asin "
            "_foreach_asin_ _foreach_atan _foreach_atan_ _foreach_ceil _foreach_ceil_ _foreach_clamp_max "
            "_foreach_clamp_max_ _foreach_clamp_min _foreach_clamp_min_ _foreach_clone _foreach_copy_ "
            "_foreach_cos _foreach_cos_ _foreach_cosh _foreach_cosh_ _foreach_div _foreach_div_ _foreach_erf "
            "_foreach_erf_ _foreach_erfc _foreach_erfc_ _foreach_exp _foreach_exp_ _foreach_expm1 "
            "_foreach_expm1_ _foreach_floor _foreach_floor_ _foreach_frac _foreach_frac_ _foreach_lerp "
            "_foreach_lerp_ _foreach_lgamma _foreach_lgamma_ _foreach_log _foreach_log10 _foreach_log10_ "
            "_foreach_log1p _foreach_log1p_ _foreach_log2 _foreach_log2_ _foreach_log_ _foreach_max "
            "_foreach_maximum _foreach_maximum_ _foreach_minimum _foreach_minimum_ _foreach_mm _foreach_mul "
            "_foreach_mul_ _foreach_neg _foreach_neg_ _foreach_norm _foreach_pow _foreach_pow_ "
            "_foreach_powsum _foreach_reciprocal _foreach_reciprocal_ _foreach_round _foreach_round_ "
            "_foreach_rsqrt _foreach_rsqrt_ _foreach_sigmoid _foreach_sigmoid_ _foreach_sign _foreach_sign_ "
            "_foreach_sin _foreach_sin_ _foreach_sinh _foreach_sinh_ _foreach_sqrt _foreach_sqrt_ "
            "_foreach_sub _foreach_sub_ _foreach_tan _foreach_tan_ _foreach_tanh _foreach_tanh_ "
            "_foreach_trunc _foreach_trunc_ _foreach_zero_"
        ),
        "ops.matmul.blas": ".addbmm .addmv .addr .ger .inner vander .vdot",
        "ops.matmul.einsum": "einsum",
        "ops.matmul.matmul": "addmm baddbmm bmm dot matmul mm mv outer",
        "ops.matmul.tensordot_kron": "chain_matmul .kron tensordot",
        "ops.matmul.vectors": ".cross",
        "ops.pooling.adaptive_pool": "adaptive_avg_pool1d",
        "ops.pooling.pool": "avg_pool1d max_pool1d max_pool2d max_pool3d",
        "ops.reductions.count_nonzero": ".count_nonzero",
        "ops.reductions.covariance": ".corrcoef .cov",
        "ops.reductions.cumsum_flip": "cumsum",
        "ops.reductions.cumulative": ".cummax .cummin .cumprod .logcumsumexp",
        "ops.reductions.finite_differences": "cumulative_trapezoid .diff gradient trapezoid trapz",
        "ops.reductions.histograms": ".bincount .histc .histogram histogramdd",
        "ops.reductions.max_min": "amax amin .aminmax argmax argmin max min",
        "ops.reductions.median_mode": ".kthvalue .median .mode .msort .nanmedian",
        "ops.reductions.nan_reductions": ".nanmean .nansum",
        "ops.reductions.norm": "norm",
        "ops.reductions.prod": "prod",
        "ops.reductions.quantiles": ".nanquantile .quantile",
        "ops.reductions.sum_mean": "logsumexp",
        "ops.reductions.variance": "std std_mean var var_mean",
        "ops.special.bessel": ".i0",
        "ops.special.entropy_logit": ".logit .sinc .xlogy",
        "ops.special.erf": ".erf",
        "ops.special.error_functions": ".erfc .erfinv",
        "ops.special.gamma": ".digamma .lgamma .mvlgamma .polygamma",
        "ops.tensor_info.functions": "all any is_floating_point is_tensor mean numel sum",
        "ops.tensor_info.predicates": (
            "detach empty_strided get_device is_complex .is_conj .is_inference .is_neg .is_nonzero "
            ".is_same_size .is_signed"
        ),
        "ops.tensor_info.storage_classes": (
            "BoolStorage ByteStorage CharStorage DoubleStorage FloatStorage HalfStorage IntStorage "
            "LongStorage ShortStorage TypedStorage UntypedStorage is_storage"
        ),
        "ops.views.diagonals": "diag diagonal trace",
        "ops.views.expand": "broadcast_tensors broadcast_to",
        "ops.views.flip": "flip",
        "ops.views.permute": "moveaxis=movedim movedim permute swapaxes swapdims=transpose t transpose",
        "ops.views.reshape": "flatten ravel reshape unflatten",
        "ops.views.squeeze": "squeeze unsqueeze",
        "ops.views.triangles": "tril triu",
        "ops.vision.grid_sample": "grid_sampler grid_sampler_2d=grid_sampler grid_sampler_3d=grid_sampler",
        "ops.vision.pixel_shuffle": "channel_shuffle pixel_shuffle pixel_unshuffle",
        "ops.windows.padding": "constant_pad_nd",
        "random.generator": (
            "Generator default_generator get_rng_state initial_seed manual_seed seed set_rng_state"
        ),
        "random.poisson": "poisson",
        "random.tensors": (
            "bernoulli multinomial normal rand rand_like randint randint_like randn randn_like randperm"
        ),
        "serialization.file_reader": "PyTorchFileReader",
        "serialization.save_load": "load save",
        "settings": (
            "are_deterministic_algorithms_enabled compile get_default_device get_deterministic_debug_mode "
            "get_device_module get_float32_matmul_precision get_num_interop_threads get_num_threads "
            "is_deterministic_algorithms_warn_only_enabled set_default_device set_deterministic_debug_mode "
            "set_float32_matmul_precision set_num_interop_threads set_num_threads typename "
            "use_deterministic_algorithms"
        ),
        "sparse.compressed_creation": "sparse_compressed_tensor sparse_csc_tensor sparse_csr_tensor",
        "sparse.creation": "sparse_coo_tensor",
        "sparse.index_conversion": "_convert_indices_from_coo_to_csr _convert_indices_from_csr_to_coo",
        "sparse.namespace_functions": "dsmm=spmm spmm",
        "sparse.products": "hspmm smm",
        "sparse.segments": "_segment_reduce=segment_reduce segment_reduce",
        "special.incomplete_gamma": ".igamma .igammac",
        "symbolic": "SymBool SymFloat SymInt sym_float sym_int sym_max sym_min sym_not",
    },
    "nn": {
        "modules": "nn.attention nn.functional nn.grad nn.init nn.modules nn.parallel nn.parameter",
        "nn.modules.activation.multihead_attention": "MultiheadAttention",
        "nn.modules.activation.random": "RReLU Softmax2d",
        "nn.modules.activation.rectifiers": (
            "CELU ELU GELU Hardswish LeakyReLU Mish PReLU ReLU ReLU6 SELU SiLU Softplus Threshold"
        ),
        "nn.modules.activation.saturating": (
            "GLU Hardshrink Hardsigmoid Hardtanh LogSigmoid LogSoftmax Sigmoid Softmax Softmin Softshrink "
            "Softsign Tanh Tanhshrink"
        ),
        "nn.modules.adaptive": "AdaptiveLogSoftmaxWithLoss",
        "nn.modules.batchnorm": "BatchNorm1d BatchNorm2d BatchNorm3d SyncBatchNorm",
        "nn.modules.channelshuffle": "ChannelShuffle",
        "nn.modules.container.module_dict": "ModuleDict",
        "nn.modules.container.parameters": "ParameterDict ParameterList",
        "nn.modules.container.sequences": "ModuleList Sequential",
        "nn.modules.conv": "Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d",
        "nn.modules.distance": "CosineSimilarity PairwiseDistance",
        "nn.modules.dropout": "Dropout",
        "nn.modules.dropout_channels": "AlphaDropout Dropout1d Dropout2d Dropout3d FeatureAlphaDropout",
        "nn.modules.flatten": "Flatten Unflatten",
        "nn.modules.fold": "Fold Unfold",
        "nn.modules.instancenorm": "InstanceNorm1d InstanceNorm2d InstanceNorm3d",
        "nn.modules.lazy.conv": (
            "LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d"
        ),
        "nn.modules.lazy.mixin": "LazyBatchNorm1d LazyLinear",
        "nn.modules.lazy.norm": (
            "LazyBatchNorm2d LazyBatchNorm3d LazyInstanceNorm1d LazyInstanceNorm2d LazyInstanceNorm3d"
        ),
        "nn.modules.linear": "Bilinear Identity Linear",
        "nn.modules.loss.likelihood_margin": (
            "CTCLoss GaussianNLLLoss LinearCrossEntropyLoss MultiLabelMarginLoss MultiLabelSoftMarginLoss "
            "MultiMarginLoss NLLLoss2d PoissonNLLLoss SoftMarginLoss"
        ),
        "nn.modules.loss.ranking": (
            "CosineEmbeddingLoss HingeEmbeddingLoss MarginRankingLoss TripletMarginLoss "
            "TripletMarginWithDistanceLoss"
        ),
        "nn.modules.loss.regression_classification": (
            "BCELoss BCEWithLogitsLoss CrossEntropyLoss HuberLoss KLDivLoss L1Loss MSELoss NLLLoss "
            "SmoothL1Loss"
        ),
        "nn.modules.module": "Module",
        "nn.modules.normalization": "CrossMapLRN2d GroupNorm LayerNorm LocalResponseNorm RMSNorm",
        "nn.modules.padding": (
            "CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d "
            "ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d "
            "ReplicationPad3d ZeroPad1d ZeroPad2d ZeroPad3d"
        ),
        "nn.modules.pixelshuffle": "PixelShuffle PixelUnshuffle",
        "nn.modules.pooling.fractional": "FractionalMaxPool2d FractionalMaxPool3d",
        "nn.modules.pooling.windows": (
            "AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d "
            "AdaptiveMaxPool3d AvgPool1d AvgPool2d AvgPool3d LPPool1d LPPool2d LPPool3d MaxPool1d MaxPool2d "
            "MaxPool3d MaxUnpool1d MaxUnpool2d MaxUnpool3d"
        ),
        "nn.modules.rnn.cells": "GRUCell LSTMCell RNNCell RNNCellBase",
        "nn.modules.rnn.layers": "GRU LSTM RNN RNNBase",
        "nn.modules.sparse": "Embedding",
        "nn.modules.sparse_bag": "EmbeddingBag",
        "nn.modules.transformer.layers": "TransformerDecoderLayer TransformerEncoderLayer",
        "nn.modules.transformer.stacks": "Transformer TransformerDecoder TransformerEncoder",
        "nn.modules.upsampling": "Upsample UpsamplingBilinear2d UpsamplingNearest2d",
        "nn.parallel.data_parallel": "DataParallel",
        "nn.parameter": "Buffer Parameter",
        "nn.uninitialized_parameter": "UninitializedBuffer UninitializedParameter",
    },
    "nn.modules": {
        "modules": (
            "nn.modules.activation nn.modules.adaptive nn.modules.batchnorm nn.modules.channelshuffle "
            "nn.modules.container nn.modules.conv nn.modules.distance nn.modules.dropout nn.modules.flatten "
            "nn.modules.fold nn.modules.instancenorm nn.modules.lazy nn.modules.linear nn.modules.loss "
            "nn.modules.module nn.modules.normalization nn.modules.padding nn.modules.pixelshuffle "
            "nn.modules.pooling nn.modules.rnn nn.modules.sparse nn.modules.transformer "
            "nn.modules.upsampling nn.modules.utils"
        ),
        "nn": "*",
    },
    "nn.functional": {
        "nn.functional": "relu",
        "nn.functional.attention": "scaled_dot_product_attention",
        "nn.functional.bilinear_form": "bilinear",
        "nn.functional.channel_dropout": "alpha_dropout dropout1d dropout2d dropout3d feature_alpha_dropout",
        "nn.functional.element_dropout": "dropout",
        "nn.functional.embedding_bags": "embedding_bag",
        "nn.functional.embedding_table": "embedding one_hot",
        "nn.functional.fractional_max_pool": "fractional_max_pool2d fractional_max_pool3d",
        "nn.functional.multi_head_attention": "multi_head_attention_forward",
        "nn.functional.multi_margin": (
            "linear_cross_entropy multi_margin_loss multilabel_margin_loss triplet_margin_with_distance_loss"
        ),
        "nn.functional.random_activations": (
            "celu_ elu_ gumbel_softmax hardtanh_ leaky_relu_ relu_ rrelu rrelu_ selu_ threshold_"
        ),
        "ops.activations.gelu": "gelu",
        "ops.activations.piecewise": (
            "_threshold=threshold celu elu hardshrink hardsigmoid hardswish hardtanh prelu relu6 selu "
            "softshrink threshold"
        ),
        "ops.activations.smooth": "glu leaky_relu logsigmoid mish silu softplus softsign tanhshrink",
        "ops.activations.softmax": "log_softmax softmax softmin",
        "ops.convolution.conv": (
            "conv1d conv2d conv3d conv_tbc conv_transpose1d conv_transpose2d conv_transpose3d"
        ),
        "ops.distance.pdist": "pdist",
        "ops.distance.similarity": "cosine_similarity pairwise_distance",
        "ops.elementwise.exponential": "sigmoid",
        "ops.elementwise.trigonometric": "tanh",
        "ops.losses.binary_cross_entropy": "binary_cross_entropy binary_cross_entropy_with_logits",
        "ops.losses.cross_entropy": "cross_entropy nll_loss",
        "ops.losses.ctc": "ctc_loss",
        "ops.losses.margin": (
            "cosine_embedding_loss gaussian_nll_loss hinge_embedding_loss margin_ranking_loss "
            "multilabel_soft_margin_loss poisson_nll_loss soft_margin_loss triplet_margin_loss"
        ),
        "ops.losses.regression": "huber_loss kl_div l1_loss mse_loss smooth_l1_loss",
        "ops.matmul.matmul": "linear",
        "ops.normalization.channel_norms": "batch_norm group_norm instance_norm",
        "ops.normalization.layer_norm": "layer_norm normalize rms_norm",
        "ops.pooling.adaptive_pool": (
            "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d "
            "adaptive_max_pool2d adaptive_max_pool3d"
        ),
        "ops.pooling.max_unpool": "max_unpool1d max_unpool2d max_unpool3d",
        "ops.pooling.pool": (
            "avg_pool1d avg_pool2d avg_pool3d local_response_norm lp_pool1d lp_pool2d lp_pool3d max_pool1d "
            "max_pool2d max_pool3d"
        ),
        "ops.vision.grid_sample": "affine_grid grid_sample",
        "ops.vision.interpolate": "interpolate upsample upsample_bilinear upsample_nearest",
        "ops.vision.pixel_shuffle": "channel_shuffle pixel_shuffle pixel_unshuffle",
        "ops.windows.padding": "pad",
        "ops.windows.unfold_fold": "fold unfold",
    },
    "nn.utils": {
        "modules": (
            "nn.utils.parametrizations nn.utils.parametrize nn.utils.prune nn.utils.rnn nn.utils.stateless"
        ),
        "nn.utils.clip_grad": (
            "clip_grad_norm clip_grad_norm_ clip_grad_value_ clip_grads_with_norm_ get_total_norm"
        ),
        "nn.utils.convert_parameters": "parameters_to_vector vector_to_parameters",
        "nn.utils.fusion": (
            "fuse_conv_bn_eval fuse_conv_bn_weights fuse_linear_bn_eval fuse_linear_bn_weights"
        ),
        "nn.utils.init": "skip_init",
        "nn.utils.spectral_norm_hook": "remove_spectral_norm spectral_norm",
        "nn.utils.weight_memory_format": (
            "convert_conv2d_weight_memory_format convert_conv3d_weight_memory_format"
        ),
        "nn.utils.weight_norm_hook": "remove_weight_norm weight_norm",
    },
    "nn.parameter": {
        "nn.parameter": "Buffer Parameter",
        "nn.uninitialized_parameter": (
            "UninitializedBuffer UninitializedParameter UninitializedTensorMixin is_lazy"
        ),
    },
    "optim": {
        "modules": "optim.lr_scheduler optim.swa_utils",
        "optim.adadelta": "Adadelta",
        "optim.adafactor": "Adafactor",
        "optim.adagrad": "Adagrad",
        "optim.adam": "Adam AdamW",
        "optim.adamax": "Adamax",
        "optim.asgd": "ASGD",
        "optim.lbfgs": "LBFGS",
        "optim.muon": "Muon",
        "optim.nadam": "NAdam",
        "optim.optimizer": "Optimizer",
        "optim.radam": "RAdam",
        "optim.rmsprop": "RMSprop",
        "optim.rprop": "Rprop",
        "optim.sgd": "SGD",
        "optim.sparse_adam": "SparseAdam",
    },
    "distributions": {
        "distributions.bernoulli": "Bernoulli",
        "distributions.beta": "Beta",
        "distributions.binomial": "Binomial",
        "distributions.categorical": "Categorical",
        "distributions.cauchy": "Cauchy",
        "distributions.chi2": "Chi2",
        "distributions.constraint_registry": "biject_to transform_to",
        "distributions.continuous_bernoulli": "ContinuousBernoulli",
        "distributions.dirichlet": "Dirichlet",
        "distributions.distribution": "Distribution",
        "distributions.exp_family": "ExponentialFamily",
        "distributions.exponential": "Exponential",
        "distributions.fishersnedecor": "FisherSnedecor",
        "distributions.gamma": "Gamma",
        "distributions.generalized_pareto": "GeneralizedPareto",
        "distributions.geometric": "Geometric",
        "distributions.gumbel": "Gumbel",
        "distributions.half_cauchy": "HalfCauchy",
        "distributions.half_normal": "HalfNormal",
        "distributions.independent": "Independent",
        "distributions.inverse_gamma": "InverseGamma",
        "distributions.kl_rules.registry": "kl_divergence register_kl",
        "distributions.kumaraswamy": "Kumaraswamy",
        "distributions.laplace": "Laplace",
        "distributions.lkj_cholesky": "LKJCholesky",
        "distributions.log_normal": "LogNormal",
        "distributions.logistic_normal": "LogisticNormal",
        "distributions.lowrank_multivariate_normal": "LowRankMultivariateNormal",
        "distributions.mixture_same_family": "MixtureSameFamily",
        "distributions.multinomial": "Multinomial",
        "distributions.multivariate_normal": "MultivariateNormal",
        "distributions.negative_binomial": "NegativeBinomial",
        "distributions.normal": "Normal",
        "distributions.one_hot_categorical": "OneHotCategorical OneHotCategoricalStraightThrough",
        "distributions.pareto": "Pareto",
        "distributions.poisson": "Poisson",
        "distributions.relaxed_bernoulli": "RelaxedBernoulli",
        "distributions.relaxed_categorical": "RelaxedOneHotCategorical",
        "distributions.studentT": "StudentT",
        "distributions.transformed_distribution": "TransformedDistribution",
        "distributions.transforms": "*",
        "distributions.uniform": "Uniform",
        "distributions.von_mises": "VonMises",
        "distributions.weibull": "Weibull",
        "distributions.wishart": "Wishart",
        "modules": (
            "distributions.constraint_registry distributions.constraints distributions.kl "
            "distributions.transforms distributions.utils"
        ),
    },
    "distributions.transforms": {
        "distributions.transforms": "ComposeTransform Transform identity_transform",
        "distributions.transforms.concatenated": (
            "CatTransform CumulativeDistributionTransform StackTransform"
        ),
        "distributions.transforms.elementwise": (
            "AbsTransform AffineTransform ExpTransform PowerTransform SigmoidTransform SoftplusTransform "
            "TanhTransform"
        ),
        "distributions.transforms.event": "IndependentTransform ReshapeTransform",
        "distributions.transforms.vector": (
            "CorrCholeskyTransform LowerCholeskyTransform PositiveDefiniteTransform SoftmaxTransform "
            "StickBreakingTransform"
        ),
    },
    "autograd": {
        "autograd.anomaly_mode": "detect_anomaly set_detect_anomaly",
        "autograd.checking.jacobians": "GradcheckError",
        "autograd.diagnosis": "why_no_grad",
        "autograd.function": "Function",
        "autograd.grad_backward": "backward grad",
        "autograd.gradcheck": "KinkWarning gradcheck gradgradcheck",
        "autograd.multithreading": "set_multithreading_enabled",
        "engine.grad_mode": "enable_grad inference_mode no_grad set_grad_enabled",
        "legacy.variable_memory_format": "Variable",
        "modules": (
            "autograd.anomaly_mode autograd.forward_ad autograd.function autograd.functional autograd.graph "
            "autograd.profiler"
        ),
    },
    "func": {
        "func.batch_norm_replacement": "replace_all_batch_norm_modules_",
        "func.derivatives": "grad grad_and_value jvp linearize vjp",
        "func.functionalize": "functionalize",
        "func.jacobians": "hessian jacfwd jacrev",
        "func.module_state": "stack_module_state",
        "func.parameter_swap": "functional_call",
        "func.vmap": "vmap",
    },
    "utils": {
        "modules": (
            "utils._contextlib utils._foreach_utils utils._python_dispatch utils._pytree utils.benchmark "
            "utils.checkpoint utils.collect_env utils.cpp_extension utils.data utils.dlpack "
            "utils.flop_counter utils.hooks utils.model_zoo utils.tensorboard utils.weak"
        ),
        "nn.swap_tensors": "swap_tensors",
    },
    "random": {
        "random.generator": (
            "Generator default_generator fork_rng get_rng_state initial_seed manual_seed seed set_rng_state"
        ),
        "random.tensors": (
            "bernoulli multinomial normal rand rand_like randint randint_like randn randn_like randperm"
        ),
    },
    "linalg": {
        "errors": "LinAlgError",
        "linalg": "diagonal",
        "linalg.householder": "householder_product",
        "linalg.ldl": "ldl_factor ldl_factor_ex ldl_solve",
        "ops.linalg.cholesky_qr": "cholesky cholesky_ex qr",
        "ops.linalg.determinant": "det slogdet",
        "ops.linalg.eigen_svd": "eig eigh eigvals eigvalsh svd svdvals",
        "ops.linalg.lstsq": "lstsq tensorinv tensorsolve",
        "ops.linalg.lu": "lu lu_factor lu_factor_ex lu_solve",
        "ops.linalg.matrix_functions": "matrix_exp matrix_power matrix_rank pinv",
        "ops.linalg.norms": "cond matrix_norm norm vector_norm",
        "ops.linalg.solve_inverse": "inv inv_ex solve solve_ex solve_triangular",
        "ops.matmul.matmul": "matmul",
        "ops.matmul.tensordot_kron": "multi_dot",
        "ops.matmul.vectors": "cross=linalg_cross vander vecdot",
    },
    "sparse": {
        "sparse.creation": "check_sparse_tensor_invariants spdiags",
        "sparse.legacy_types": (
            "ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor ShortTensor"
        ),
        "sparse.namespace_functions": "addmm mm sum",
        "sparse.softmaxes": "log_softmax softmax",
    },
    "special": {
        "ops.activations.softmax": "log_softmax softmax",
        "ops.elementwise.exponential": "exp2 expit=sigmoid expm1 log1p",
        "ops.elementwise.rounding": "round",
        "ops.reductions.sum_mean": "logsumexp",
        "ops.special.bessel": "i0 i0e i1 i1e modified_bessel_i0 modified_bessel_i1",
        "ops.special.entropy_logit": "entr logit sinc xlog1py xlogy",
        "ops.special.erf": ".erf",
        "ops.special.error_functions": "erfc erfcx erfinv log_ndtr ndtr ndtri",
        "ops.special.gamma": "digamma gammaln=lgamma multigammaln=mvlgamma polygamma psi=digamma",
        "ops.special.orthogonal_polynomials": (
            "chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w "
            "hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p "
            "shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v "
            "shifted_chebyshev_polynomial_w"
        ),
        "special.scipy_functions": (
            "airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 gammainc gammaincc modified_bessel_k0 "
            "modified_bessel_k1 scaled_modified_bessel_k0 scaled_modified_bessel_k1 spherical_bessel_j0 zeta"
        ),
    },
    "cuda": {
        "cuda": (
            "CUDAGraph OutOfMemoryError can_device_access_peer current_device default_generators "
            "get_arch_list get_device_capability get_device_name get_device_properties graph has_half "
            "has_magma is_tf32_supported make_graphed_callables max_memory_cached memory_cached "
            "memory_summary reset_accumulated_memory_stats reset_max_memory_allocated "
            "reset_max_memory_cached set_device set_per_process_memory_fraction"
        ),
        "devices.absent": (
            "Event Stream StreamContext current_stream default_stream device device_count device_of "
            "empty_cache get_rng_state get_rng_state_all init ipc_collect is_available is_bf16_supported "
            "is_current_stream_capturing is_initialized manual_seed manual_seed_all max_memory_allocated "
            "max_memory_reserved mem_get_info memory_allocated memory_reserved memory_stats "
            "reset_peak_memory_stats seed seed_all set_rng_state set_rng_state_all set_stream stream "
            "synchronize"
        ),
        "legacy.cuda_tensor_types": (
            "BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor "
            "ShortTensor"
        ),
    },
    "signal.windows": {
        "creation.signal_windows": (
            "bartlett blackman cosine exponential gaussian general_cosine general_hamming hamming hann "
            "kaiser nuttall"
        ),
    },
    "functional": {
        "linalg.low_rank": "pca_lowrank svd_lowrank",
        "ops.distance.cdist": "cdist",
        "ops.indexing.unique_search": "unique unique_consecutive unravel_index",
        "ops.joining.cat_split": "meshgrid split",
        "ops.joining.stack_variants": (
            "atleast_1d atleast_2d atleast_3d block_diag broadcast_shapes cartesian_prod"
        ),
        "ops.linalg.before_linalg_lu": "lu",
        "ops.matmul.einsum": "einsum",
        "ops.matmul.tensordot_kron": "chain_matmul tensordot",
        "ops.reductions.norm": "norm",
        "ops.views.expand": "broadcast_tensors",
    },
    "__future__": {
        "nn.modules.module_parts.conversion_switches": (
            "get_overwrite_module_params_on_conversion get_swap_module_params_on_conversion "
            "set_overwrite_module_params_on_conversion set_swap_module_params_on_conversion"
        ),
    },
    "return_types": {
        "linalg.householder": "geqrf=GEQRF",
        "linalg.ldl": "linalg_ldl_factor=LDLFactor linalg_ldl_factor_ex=LDLFactorEx",
        "ops.elementwise.floating_point": "frexp=Parts",
        "ops.indexing.sorting": "sort=Sorted topk=TopK",
        "ops.linalg.before_linalg": "qr=QR slogdet=Slogdet svd=SVD triangular_solve=TriangularSolve",
        "ops.linalg.before_linalg_lu": "lu_unpack=LUUnpacked",
        "ops.linalg.cholesky_qr": "linalg_cholesky_ex=CholeskyEx linalg_qr=QR",
        "ops.linalg.determinant": "linalg_slogdet=Slogdet",
        "ops.linalg.eigen_svd": "linalg_eig=Eig linalg_eigh=Eigh linalg_svd=SVD",
        "ops.linalg.lstsq": "linalg_lstsq=LeastSquares",
        "ops.linalg.lu": "linalg_lu=LU linalg_lu_factor=LUFactor linalg_lu_factor_ex=LUFactorEx",
        "ops.linalg.solve_inverse": "linalg_inv_ex=InvEx linalg_solve_ex=SolveEx",
        "ops.reductions.cumulative": "cummax=CumMax cummin=CumMin",
        "ops.reductions.histograms": "histogram=Histogram histogramdd=HistogramDD",
        "ops.reductions.max_min": "aminmax=AMinMax max=Max min=Min",
        "ops.reductions.median_mode": "kthvalue=KthValue median=Median mode=Mode nanmedian=NanMedian",
    },
    "distributed": {
        "distributed.collectives": "all_reduce barrier broadcast monitored_barrier reduce",
        "distributed.debug": "DebugLevel get_debug_level set_debug_level set_debug_level_from_env",
        "distributed.device_mesh": "DeviceMesh init_device_mesh",
        "distributed.errors": "DistBackendError DistError DistNetworkError",
        "distributed.exchanging": (
            "all_to_all all_to_all_single reduce_scatter reduce_scatter_single reduce_scatter_tensor"
        ),
        "distributed.gathering": "all_gather all_gather_into_tensor all_gather_single gather scatter",
        "distributed.groups": "new_group new_subgroups new_subgroups_by_enumeration",
        "distributed.objects": (
            "all_gather_object broadcast_object_list gather_object recv_object_list scatter_object_list "
            "send_object_list"
        ),
        "distributed.point_to_point": "P2POp batch_isend_irecv irecv isend recv send",
        "distributed.process_group": (
            "GroupMember ProcessGroup default_pg_timeout get_backend get_global_rank get_group_rank "
            "get_process_group_ranks get_rank get_world_size group is_initialized"
        ),
        "distributed.reduce_op": "ReduceOp",
        "distributed.starting": (
            "destroy_process_group get_node_local_rank init_process_group is_available is_backend_available "
            "is_gloo_available is_mpi_available is_nccl_available is_torchelastic_launched is_ucc_available "
            "is_xccl_available"
        ),
        "distributed.stores": "FileStore HashStore PrefixStore Store TCPStore",
        "distributed.work": "Future Work",
        "modules": "distributed.device_mesh distributed.nn distributed.optim",
    },
    "distributed.optim": {
        "optim.zero_redundancy_optimizer": "ZeroRedundancyOptimizer",
    },
    "nn.parallel": {
        "nn.parallel.clip_grad": "clip_grad_norm_",
        "nn.parallel.data_parallel": "DataParallel",
        "nn.parallel.distributed": "DistributedDataParallel",
    },
    "fft": {
        "fft.frequencies": "fftfreq fftshift ifftshift rfftfreq",
        "fft.one_dimension": "fft hfft ifft ihfft irfft rfft",
        "fft.several_dimensions": "fft2 fftn hfft2 hfftn ifft2 ifftn ihfft2 ihfftn irfft2 irfftn rfft2 rfftn",
    },
}

METHODS: dict[str, str] = {
    "creation.new_like": "new_empty new_full new_ones new_tensor new_zeros",
    "interop.dlpack": "__array_namespace__ __dlpack__ __dlpack_device__",
    "ops.elementwise.integers_bits": "__lshift__ __rlshift__ __rrshift__ __rshift__",
    "ops.fourier.short_time": "istft stft",
    "ops.indexing.index_writes": "put",
    "ops.inplace.reshape": (
        "as_strided_ resize_ resize_as_ set_ squeeze_ swapaxes_ swapdims_ t_ transpose_ unsqueeze_"
    ),
    "ops.inplace.waiting_methods": (
        "__ilshift__ __irshift__ addbmm_ addmv_ addr_ apply_ arccos_ arccosh_ arcsin_ arcsinh_ arctan2_ "
        "arctan_ arctanh_ baddbmm_ bitwise_left_shift_ bitwise_right_shift_ conj_physical_ copysign_ "
        "cumprod_ deg2rad_ fill_diagonal_ fix_ float_power_ gcd_ greater_ greater_equal_ heaviside_ "
        "index_add_ index_copy_ index_fill_ index_reduce_ lcm_ ldexp_ less_ less_equal_ map_ masked_scatter_ "
        "negative_ nextafter_ not_equal_ put_ rad2deg_ renorm_ scatter_reduce_ sgn_ true_divide_"
    ),
    "ops.special.bessel": "i0_",
    "ops.special.entropy_logit": "logit_ sinc_ xlogy_",
    "ops.special.erf": "erf_",
    "ops.special.error_functions": "erfc_ erfinv_",
    "ops.special.gamma": "digamma_ lgamma_ mvlgamma_ polygamma_",
    "ops.tensor_info.predicates": (
        "__reversed__ const_data_ptr dim_order is_pinned is_set_to is_shared new new_empty_strided "
        "pin_memory share_memory_ storage storage_type sum_to_size typed_storage untyped_storage"
    ),
    "ops.tensor_info.subclassing": "_make_subclass as_subclass",
    "ops.windows.unfold_fold": "unfold",
    "sparse.methods": (
        "_coalesced_ _indices _nnz _values ccol_indices coalesce col_indices crow_indices dense_dim indices "
        "is_coalesced row_indices smm sparse_dim sparse_mask sparse_resize_ sparse_resize_and_clear_ "
        "to_dense to_sparse to_sparse_bsc to_sparse_bsr to_sparse_coo to_sparse_csc to_sparse_csr values"
    ),
    "special.incomplete_gamma": "igamma_ igammac_",
    "viz": "draw explain",
}
"""Methods of Tensor that are no functions of the package, and wait for their first use."""

PROPERTIES: dict[str, str] = {
    "autograd.tensor_name": "name",
    "ops.complex.parts": "imag real",
}
"""Properties of Tensor that wait for their first use."""
