# The public names of microtensor.distributions.transforms, written by .ci/names.py.
from microtensor.distributions.transforms.concatenated import (
    CatTransform as CatTransform, CumulativeDistributionTransform as CumulativeDistributionTransform,
    StackTransform as StackTransform
)
from microtensor.distributions.transforms.elementwise import (
    AbsTransform as AbsTransform, AffineTransform as AffineTransform, ExpTransform as ExpTransform,
    PowerTransform as PowerTransform, SigmoidTransform as SigmoidTransform, SoftplusTransform as
    SoftplusTransform, TanhTransform as TanhTransform
)
from microtensor.distributions.transforms.event import (
    IndependentTransform as IndependentTransform, ReshapeTransform as ReshapeTransform
)
from microtensor.distributions.transforms.vector import (
    CorrCholeskyTransform as CorrCholeskyTransform, LowerCholeskyTransform as LowerCholeskyTransform,
    PositiveDefiniteTransform as PositiveDefiniteTransform, SoftmaxTransform as SoftmaxTransform,
    StickBreakingTransform as StickBreakingTransform
)
