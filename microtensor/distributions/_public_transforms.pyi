# The public names of microtensor.distributions, written by .ci/names.py.
from microtensor.distributions.event_transforms import (
    IndependentTransform as IndependentTransform, ReshapeTransform as ReshapeTransform
)
from microtensor.distributions.number_transforms import (
    AbsTransform as AbsTransform, AffineTransform as AffineTransform, ExpTransform as ExpTransform,
    PowerTransform as PowerTransform, SigmoidTransform as SigmoidTransform, SoftplusTransform as
    SoftplusTransform, TanhTransform as TanhTransform
)
from microtensor.distributions.part_transforms import (
    CatTransform as CatTransform, CumulativeDistributionTransform as CumulativeDistributionTransform,
    StackTransform as StackTransform
)
from microtensor.distributions.vector_transforms import (
    CorrCholeskyTransform as CorrCholeskyTransform, LowerCholeskyTransform as LowerCholeskyTransform,
    PositiveDefiniteTransform as PositiveDefiniteTransform, SoftmaxTransform as SoftmaxTransform,
    StickBreakingTransform as StickBreakingTransform
)
