"""Networks: modules, layers, losses and initial weights, under PyTorch's names.

Everything that is meant to be used is named here.  The same computations without modules are in
`nn.functional`.
"""

from .._later import each_dimension, later
from . import functional, init, parameter, utils
from .containers import ModuleList, Sequential
from .dropout import Dropout
from .embedding import Embedding
from .flatten import Flatten, Unflatten
from .linear import Bilinear, Identity, Linear
from .loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MSELoss,
    NLLLoss,
    SmoothL1Loss,
)
from .module import Module
from .module_dict import ModuleDict
from .normalization import BatchNorm1d, LayerNorm, RMSNorm
from .parameter import Buffer, Parameter
from .parameter_containers import ParameterDict, ParameterList
from .rectifiers import (
    CELU,
    ELU,
    GELU,
    SELU,
    Hardswish,
    LeakyReLU,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    SiLU,
    Softplus,
    Threshold,
)
from .squashers import (
    GLU,
    Hardshrink,
    Hardsigmoid,
    Hardtanh,
    LogSigmoid,
    LogSoftmax,
    Sigmoid,
    Softmax,
    Softmin,
    Softshrink,
    Softsign,
    Tanh,
    Tanhshrink,
)

__all__ = [
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "BCELoss",
    "BCEWithLogitsLoss",
    "BatchNorm1d",
    "Bilinear",
    "Buffer",
    "CrossEntropyLoss",
    "Dropout",
    "Embedding",
    "Flatten",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "HuberLoss",
    "Identity",
    "KLDivLoss",
    "L1Loss",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "MSELoss",
    "Mish",
    "Module",
    "ModuleDict",
    "ModuleList",
    "NLLLoss",
    "PReLU",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "RMSNorm",
    "ReLU",
    "ReLU6",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "SmoothL1Loss",
    "Softmax",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
    "Unflatten",
    "functional",
    "init",
    "parameter",
]

# Layers that are imported when they are first used.
LATER: dict[str, tuple[str, ...]] = {
    "adaptive": ("AdaptiveLogSoftmaxWithLoss",),
    "batch_norms": ("BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"),
    "channel_dropout": ("AlphaDropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"),
    "distance": ("CosineSimilarity", "PairwiseDistance"),
    "embedding_bag": ("EmbeddingBag",),
    "group_norms": ("GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"),
    "multi_head": ("MultiheadAttention",),
    "pair_losses": (
        "CosineEmbeddingLoss",
        "HingeEmbeddingLoss",
        "MarginRankingLoss",
        "TripletMarginLoss",
        "TripletMarginWithDistanceLoss",
    ),
    "rare_activations": ("RReLU", "Softmax2d"),
    "rare_losses": (
        "CTCLoss",
        "GaussianNLLLoss",
        "LinearCrossEntropyLoss",
        "MultiLabelMarginLoss",
        "MultiLabelSoftMarginLoss",
        "MultiMarginLoss",
        "NLLLoss2d",
        "PoissonNLLLoss",
        "SoftMarginLoss",
    ),
    "transformer": ("Transformer", "TransformerDecoder", "TransformerEncoder"),
    "transformer_layers": ("TransformerDecoderLayer", "TransformerEncoderLayer"),
    "convolution": each_dimension("Conv", "ConvTranspose"),
    "padding": each_dimension("CircularPad", "ConstantPad", "ReflectionPad", "ReplicationPad", "ZeroPad"),
    "pooling": each_dimension(
        "AdaptiveAvgPool", "AdaptiveMaxPool", "AvgPool", "LPPool", "MaxPool", "MaxUnpool"
    ),
    "rearranging": (
        "ChannelShuffle",
        "Fold",
        "LocalResponseNorm",
        "PixelShuffle",
        "PixelUnshuffle",
        "Unfold",
        "Upsample",
        "UpsamplingBilinear2d",
        "UpsamplingNearest2d",
    ),
    "fractional_pooling": ("FractionalMaxPool2d", "FractionalMaxPool3d"),
    "modules": (),
    "parallel": ("DataParallel",),
    "recurrent": ("GRU", "LSTM", "RNN", "RNNBase"),
    "recurrent_cells": ("GRUCell", "LSTMCell", "RNNCell", "RNNCellBase"),
    "lazy": ("LazyBatchNorm1d", "LazyLinear"),
    "lazy_convolutions": each_dimension("LazyConv", "LazyConvTranspose"),
    "lazy_norms": (
        "LazyBatchNorm2d",
        "LazyBatchNorm3d",
        "LazyInstanceNorm1d",
        "LazyInstanceNorm2d",
        "LazyInstanceNorm3d",
    ),
    "uninitialized": ("UninitializedBuffer", "UninitializedParameter"),
}
__getattr__, __dir__ = later(__name__, LATER)
