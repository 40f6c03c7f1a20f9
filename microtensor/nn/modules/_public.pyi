# The public names of microtensor.nn.modules, written by .ci/names.py.
from microtensor.nn._public import *
from microtensor.nn.modules import activation as activation
from microtensor.nn.modules import adaptive as adaptive
from microtensor.nn.modules import batchnorm as batchnorm
from microtensor.nn.modules import channelshuffle as channelshuffle
from microtensor.nn.modules import container as container
from microtensor.nn.modules import conv as conv
from microtensor.nn.modules import distance as distance
from microtensor.nn.modules import dropout as dropout
from microtensor.nn.modules import flatten as flatten
from microtensor.nn.modules import fold as fold
from microtensor.nn.modules import instancenorm as instancenorm
from microtensor.nn.modules import lazy as lazy
from microtensor.nn.modules import linear as linear
from microtensor.nn.modules import loss as loss
from microtensor.nn.modules import module as module
from microtensor.nn.modules import normalization as normalization
from microtensor.nn.modules import padding as padding
from microtensor.nn.modules import pixelshuffle as pixelshuffle
from microtensor.nn.modules import pooling as pooling
from microtensor.nn.modules import rnn as rnn
from microtensor.nn.modules import sparse as sparse
from microtensor.nn.modules import transformer as transformer
from microtensor.nn.modules import upsampling as upsampling
from microtensor.nn.modules import utils as utils
