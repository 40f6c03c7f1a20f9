# The public names of microtensor.nn.functional, written by .ci/names.py.
from microtensor.nn.functional.attention import scaled_dot_product_attention as scaled_dot_product_attention
from microtensor.nn.functional.bilinear_form import bilinear as bilinear
from microtensor.nn.functional.channel_dropout import (
    alpha_dropout as alpha_dropout, dropout1d as dropout1d, dropout2d as dropout2d, dropout3d as
    dropout3d, feature_alpha_dropout as feature_alpha_dropout
)
from microtensor.nn.functional.element_dropout import dropout as dropout
from microtensor.nn.functional.embedding_bags import embedding_bag as embedding_bag
from microtensor.nn.functional.embedding_table import embedding as embedding, one_hot as one_hot
from microtensor.nn.functional.fractional_max_pool import (
    fractional_max_pool2d as fractional_max_pool2d, fractional_max_pool3d as fractional_max_pool3d
)
from microtensor.nn.functional.multi_head_attention import (
    multi_head_attention_forward as multi_head_attention_forward
)
from microtensor.nn.functional.multi_margin import (
    linear_cross_entropy as linear_cross_entropy, multi_margin_loss as multi_margin_loss,
    multilabel_margin_loss as multilabel_margin_loss, triplet_margin_with_distance_loss as
    triplet_margin_with_distance_loss
)
from microtensor.nn.functional.random_activations import (
    celu_ as celu_, elu_ as elu_, gumbel_softmax as gumbel_softmax, hardtanh_ as hardtanh_, leaky_relu_ as
    leaky_relu_, relu_ as relu_, rrelu as rrelu, rrelu_ as rrelu_, selu_ as selu_, threshold_ as
    threshold_
)
from microtensor.ops.activations.gelu import gelu as gelu
from microtensor.ops.activations.piecewise import (
    threshold as __threshold, celu as celu, elu as elu, hardshrink as hardshrink, hardsigmoid as
    hardsigmoid, hardswish as hardswish, hardtanh as hardtanh, prelu as prelu, relu6 as relu6, selu as
    selu, softshrink as softshrink, threshold as threshold
)
from microtensor.ops.activations.smooth import (
    glu as glu, leaky_relu as leaky_relu, logsigmoid as logsigmoid, mish as mish, silu as silu, softplus
    as softplus, softsign as softsign, tanhshrink as tanhshrink
)
from microtensor.ops.activations.softmax import (
    log_softmax as log_softmax, softmax as softmax, softmin as softmin
)
from microtensor.ops.convolution.conv import (
    conv1d as conv1d, conv2d as conv2d, conv3d as conv3d, conv_tbc as conv_tbc, conv_transpose1d as
    conv_transpose1d, conv_transpose2d as conv_transpose2d, conv_transpose3d as conv_transpose3d
)
from microtensor.ops.distance.pdist import pdist as pdist
from microtensor.ops.distance.similarity import (
    cosine_similarity as cosine_similarity, pairwise_distance as pairwise_distance
)
from microtensor.ops.elementwise.exponential import sigmoid as sigmoid
from microtensor.ops.elementwise.trigonometric import tanh as tanh
from microtensor.ops.losses.binary_cross_entropy import (
    binary_cross_entropy as binary_cross_entropy, binary_cross_entropy_with_logits as
    binary_cross_entropy_with_logits
)
from microtensor.ops.losses.cross_entropy import cross_entropy as cross_entropy, nll_loss as nll_loss
from microtensor.ops.losses.ctc import ctc_loss as ctc_loss
from microtensor.ops.losses.margin import (
    cosine_embedding_loss as cosine_embedding_loss, gaussian_nll_loss as gaussian_nll_loss,
    hinge_embedding_loss as hinge_embedding_loss, margin_ranking_loss as margin_ranking_loss,
    multilabel_soft_margin_loss as multilabel_soft_margin_loss, poisson_nll_loss as poisson_nll_loss,
    soft_margin_loss as soft_margin_loss, triplet_margin_loss as triplet_margin_loss
)
from microtensor.ops.losses.regression import (
    huber_loss as huber_loss, kl_div as kl_div, l1_loss as l1_loss, mse_loss as mse_loss, smooth_l1_loss
    as smooth_l1_loss
)
from microtensor.ops.matmul.matmul import linear as linear
from microtensor.ops.normalization.channel_norms import (
    batch_norm as batch_norm, group_norm as group_norm, instance_norm as instance_norm
)
from microtensor.ops.normalization.layer_norm import (
    layer_norm as layer_norm, normalize as normalize, rms_norm as rms_norm
)
from microtensor.ops.pooling.adaptive_pool import (
    adaptive_avg_pool1d as adaptive_avg_pool1d, adaptive_avg_pool2d as adaptive_avg_pool2d,
    adaptive_avg_pool3d as adaptive_avg_pool3d, adaptive_max_pool1d as adaptive_max_pool1d,
    adaptive_max_pool2d as adaptive_max_pool2d, adaptive_max_pool3d as adaptive_max_pool3d
)
from microtensor.ops.pooling.max_unpool import (
    max_unpool1d as max_unpool1d, max_unpool2d as max_unpool2d, max_unpool3d as max_unpool3d
)
from microtensor.ops.pooling.pool import (
    avg_pool1d as avg_pool1d, avg_pool2d as avg_pool2d, avg_pool3d as avg_pool3d, local_response_norm as
    local_response_norm, lp_pool1d as lp_pool1d, lp_pool2d as lp_pool2d, lp_pool3d as lp_pool3d,
    max_pool1d as max_pool1d, max_pool2d as max_pool2d, max_pool3d as max_pool3d
)
from microtensor.ops.vision.grid_sample import affine_grid as affine_grid, grid_sample as grid_sample
from microtensor.ops.vision.interpolate import (
    interpolate as interpolate, upsample as upsample, upsample_bilinear as upsample_bilinear,
    upsample_nearest as upsample_nearest
)
from microtensor.ops.vision.pixel_shuffle import (
    channel_shuffle as channel_shuffle, pixel_shuffle as pixel_shuffle, pixel_unshuffle as pixel_unshuffle
)
from microtensor.ops.windows.padding import pad as pad
from microtensor.ops.windows.unfold_fold import fold as fold, unfold as unfold
_threshold = __threshold
