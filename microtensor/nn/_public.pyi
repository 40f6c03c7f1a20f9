# The public names of microtensor.nn, written by .ci/names.py.
from microtensor.nn.modules.activation.multihead_attention import MultiheadAttention as MultiheadAttention
from microtensor.nn.modules.activation.random import RReLU as RReLU, Softmax2d as Softmax2d
from microtensor.nn.modules.activation.rectifiers import (
    CELU as CELU, ELU as ELU, GELU as GELU, Hardswish as Hardswish, LeakyReLU as LeakyReLU, Mish as Mish,
    PReLU as PReLU, ReLU as ReLU, ReLU6 as ReLU6, SELU as SELU, SiLU as SiLU, Softplus as Softplus,
    Threshold as Threshold
)
from microtensor.nn.modules.activation.saturating import (
    GLU as GLU, Hardshrink as Hardshrink, Hardsigmoid as Hardsigmoid, Hardtanh as Hardtanh, LogSigmoid as
    LogSigmoid, LogSoftmax as LogSoftmax, Sigmoid as Sigmoid, Softmax as Softmax, Softmin as Softmin,
    Softshrink as Softshrink, Softsign as Softsign, Tanh as Tanh, Tanhshrink as Tanhshrink
)
from microtensor.nn.modules.adaptive import AdaptiveLogSoftmaxWithLoss as AdaptiveLogSoftmaxWithLoss
from microtensor.nn.modules.batchnorm import (
    BatchNorm1d as BatchNorm1d, BatchNorm2d as BatchNorm2d, BatchNorm3d as BatchNorm3d, SyncBatchNorm as
    SyncBatchNorm
)
from microtensor.nn.modules.channelshuffle import ChannelShuffle as ChannelShuffle
from microtensor.nn.modules.container.module_dict import ModuleDict as ModuleDict
from microtensor.nn.modules.container.parameters import (
    ParameterDict as ParameterDict, ParameterList as ParameterList
)
from microtensor.nn.modules.container.sequences import ModuleList as ModuleList, Sequential as Sequential
from microtensor.nn.modules.conv import (
    Conv1d as Conv1d, Conv2d as Conv2d, Conv3d as Conv3d, ConvTranspose1d as ConvTranspose1d,
    ConvTranspose2d as ConvTranspose2d, ConvTranspose3d as ConvTranspose3d
)
from microtensor.nn.modules.distance import (
    CosineSimilarity as CosineSimilarity, PairwiseDistance as PairwiseDistance
)
from microtensor.nn.modules.dropout import Dropout as Dropout
from microtensor.nn.modules.dropout_channels import (
    AlphaDropout as AlphaDropout, Dropout1d as Dropout1d, Dropout2d as Dropout2d, Dropout3d as Dropout3d,
    FeatureAlphaDropout as FeatureAlphaDropout
)
from microtensor.nn.modules.flatten import Flatten as Flatten, Unflatten as Unflatten
from microtensor.nn.modules.fold import Fold as Fold, Unfold as Unfold
from microtensor.nn.modules.instancenorm import (
    InstanceNorm1d as InstanceNorm1d, InstanceNorm2d as InstanceNorm2d, InstanceNorm3d as InstanceNorm3d
)
from microtensor.nn.modules.lazy.conv import (
    LazyConv1d as LazyConv1d, LazyConv2d as LazyConv2d, LazyConv3d as LazyConv3d, LazyConvTranspose1d as
    LazyConvTranspose1d, LazyConvTranspose2d as LazyConvTranspose2d, LazyConvTranspose3d as
    LazyConvTranspose3d
)
from microtensor.nn.modules.lazy.mixin import LazyBatchNorm1d as LazyBatchNorm1d, LazyLinear as LazyLinear
from microtensor.nn.modules.lazy.norm import (
    LazyBatchNorm2d as LazyBatchNorm2d, LazyBatchNorm3d as LazyBatchNorm3d, LazyInstanceNorm1d as
    LazyInstanceNorm1d, LazyInstanceNorm2d as LazyInstanceNorm2d, LazyInstanceNorm3d as LazyInstanceNorm3d
)
from microtensor.nn.modules.linear import Bilinear as Bilinear, Identity as Identity, Linear as Linear
from microtensor.nn.modules.loss.likelihood_margin import (
    CTCLoss as CTCLoss, GaussianNLLLoss as GaussianNLLLoss, LinearCrossEntropyLoss as
    LinearCrossEntropyLoss, MultiLabelMarginLoss as MultiLabelMarginLoss, MultiLabelSoftMarginLoss as
    MultiLabelSoftMarginLoss, MultiMarginLoss as MultiMarginLoss, NLLLoss2d as NLLLoss2d, PoissonNLLLoss
    as PoissonNLLLoss, SoftMarginLoss as SoftMarginLoss
)
from microtensor.nn.modules.loss.ranking import (
    CosineEmbeddingLoss as CosineEmbeddingLoss, HingeEmbeddingLoss as HingeEmbeddingLoss,
    MarginRankingLoss as MarginRankingLoss, TripletMarginLoss as TripletMarginLoss,
    TripletMarginWithDistanceLoss as TripletMarginWithDistanceLoss
)
from microtensor.nn.modules.loss.regression_classification import (
    BCELoss as BCELoss, BCEWithLogitsLoss as BCEWithLogitsLoss, CrossEntropyLoss as CrossEntropyLoss,
    HuberLoss as HuberLoss, KLDivLoss as KLDivLoss, L1Loss as L1Loss, MSELoss as MSELoss, NLLLoss as
    NLLLoss, SmoothL1Loss as SmoothL1Loss
)
from microtensor.nn.modules.module import Module as Module
from microtensor.nn.modules.normalization import (
    CrossMapLRN2d as CrossMapLRN2d, GroupNorm as GroupNorm, LayerNorm as LayerNorm, LocalResponseNorm as
    LocalResponseNorm, RMSNorm as RMSNorm
)
from microtensor.nn.modules.padding import (
    CircularPad1d as CircularPad1d, CircularPad2d as CircularPad2d, CircularPad3d as CircularPad3d,
    ConstantPad1d as ConstantPad1d, ConstantPad2d as ConstantPad2d, ConstantPad3d as ConstantPad3d,
    ReflectionPad1d as ReflectionPad1d, ReflectionPad2d as ReflectionPad2d, ReflectionPad3d as
    ReflectionPad3d, ReplicationPad1d as ReplicationPad1d, ReplicationPad2d as ReplicationPad2d,
    ReplicationPad3d as ReplicationPad3d, ZeroPad1d as ZeroPad1d, ZeroPad2d as ZeroPad2d, ZeroPad3d as
    ZeroPad3d
)
from microtensor.nn.modules.pixelshuffle import PixelShuffle as PixelShuffle, PixelUnshuffle as PixelUnshuffle
from microtensor.nn.modules.pooling.fractional import (
    FractionalMaxPool2d as FractionalMaxPool2d, FractionalMaxPool3d as FractionalMaxPool3d
)
from microtensor.nn.modules.pooling.windows import (
    AdaptiveAvgPool1d as AdaptiveAvgPool1d, AdaptiveAvgPool2d as AdaptiveAvgPool2d, AdaptiveAvgPool3d as
    AdaptiveAvgPool3d, AdaptiveMaxPool1d as AdaptiveMaxPool1d, AdaptiveMaxPool2d as AdaptiveMaxPool2d,
    AdaptiveMaxPool3d as AdaptiveMaxPool3d, AvgPool1d as AvgPool1d, AvgPool2d as AvgPool2d, AvgPool3d as
    AvgPool3d, LPPool1d as LPPool1d, LPPool2d as LPPool2d, LPPool3d as LPPool3d, MaxPool1d as MaxPool1d,
    MaxPool2d as MaxPool2d, MaxPool3d as MaxPool3d, MaxUnpool1d as MaxUnpool1d, MaxUnpool2d as
    MaxUnpool2d, MaxUnpool3d as MaxUnpool3d
)
from microtensor.nn.modules.rnn.cells import (
    GRUCell as GRUCell, LSTMCell as LSTMCell, RNNCell as RNNCell, RNNCellBase as RNNCellBase
)
from microtensor.nn.modules.rnn.layers import GRU as GRU, LSTM as LSTM, RNN as RNN, RNNBase as RNNBase
from microtensor.nn.modules.sparse import Embedding as Embedding
from microtensor.nn.modules.sparse_bag import EmbeddingBag as EmbeddingBag
from microtensor.nn.modules.transformer.layers import (
    TransformerDecoderLayer as TransformerDecoderLayer, TransformerEncoderLayer as TransformerEncoderLayer
)
from microtensor.nn.modules.transformer.stacks import (
    Transformer as Transformer, TransformerDecoder as TransformerDecoder, TransformerEncoder as
    TransformerEncoder
)
from microtensor.nn.modules.upsampling import (
    Upsample as Upsample, UpsamplingBilinear2d as UpsamplingBilinear2d, UpsamplingNearest2d as
    UpsamplingNearest2d
)
from microtensor.nn.parallel.data_parallel import DataParallel as DataParallel
from microtensor.nn.parameter import Buffer as Buffer, Parameter as Parameter
from microtensor.nn.uninitialized_parameter import (
    UninitializedBuffer as UninitializedBuffer, UninitializedParameter as UninitializedParameter
)
from microtensor.nn import attention as attention
from microtensor.nn import functional as functional
from microtensor.nn import grad as grad
from microtensor.nn import init as init
from microtensor.nn import modules as modules
from microtensor.nn import parallel as parallel
from microtensor.nn import parameter as parameter
