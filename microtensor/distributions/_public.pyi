# The public names of microtensor.distributions, written by .ci/names.py.
from microtensor.distributions.bernoulli import Bernoulli as Bernoulli
from microtensor.distributions.beta import Beta as Beta
from microtensor.distributions.binomial import Binomial as Binomial
from microtensor.distributions.categorical import Categorical as Categorical
from microtensor.distributions.cauchy import Cauchy as Cauchy
from microtensor.distributions.chi2 import Chi2 as Chi2
from microtensor.distributions.constraint_registry import biject_to as biject_to, transform_to as transform_to
from microtensor.distributions.continuous_bernoulli import ContinuousBernoulli as ContinuousBernoulli
from microtensor.distributions.dirichlet import Dirichlet as Dirichlet
from microtensor.distributions.distribution import Distribution as Distribution
from microtensor.distributions.exp_family import ExponentialFamily as ExponentialFamily
from microtensor.distributions.exponential import Exponential as Exponential
from microtensor.distributions.fishersnedecor import FisherSnedecor as FisherSnedecor
from microtensor.distributions.gamma import Gamma as Gamma
from microtensor.distributions.generalized_pareto import GeneralizedPareto as GeneralizedPareto
from microtensor.distributions.geometric import Geometric as Geometric
from microtensor.distributions.gumbel import Gumbel as Gumbel
from microtensor.distributions.half_cauchy import HalfCauchy as HalfCauchy
from microtensor.distributions.half_normal import HalfNormal as HalfNormal
from microtensor.distributions.independent import Independent as Independent
from microtensor.distributions.inverse_gamma import InverseGamma as InverseGamma
from microtensor.distributions.kl_rules.registry import (
    kl_divergence as kl_divergence, register_kl as register_kl
)
from microtensor.distributions.kumaraswamy import Kumaraswamy as Kumaraswamy
from microtensor.distributions.laplace import Laplace as Laplace
from microtensor.distributions.lkj_cholesky import LKJCholesky as LKJCholesky
from microtensor.distributions.log_normal import LogNormal as LogNormal
from microtensor.distributions.logistic_normal import LogisticNormal as LogisticNormal
from microtensor.distributions.lowrank_multivariate_normal import (
    LowRankMultivariateNormal as LowRankMultivariateNormal
)
from microtensor.distributions.mixture_same_family import MixtureSameFamily as MixtureSameFamily
from microtensor.distributions.multinomial import Multinomial as Multinomial
from microtensor.distributions.multivariate_normal import MultivariateNormal as MultivariateNormal
from microtensor.distributions.negative_binomial import NegativeBinomial as NegativeBinomial
from microtensor.distributions.normal import Normal as Normal
from microtensor.distributions.one_hot_categorical import (
    OneHotCategorical as OneHotCategorical, OneHotCategoricalStraightThrough as
    OneHotCategoricalStraightThrough
)
from microtensor.distributions.pareto import Pareto as Pareto
from microtensor.distributions.poisson import Poisson as Poisson
from microtensor.distributions.relaxed_bernoulli import RelaxedBernoulli as RelaxedBernoulli
from microtensor.distributions.relaxed_categorical import RelaxedOneHotCategorical as RelaxedOneHotCategorical
from microtensor.distributions.studentT import StudentT as StudentT
from microtensor.distributions.transformed_distribution import (
    TransformedDistribution as TransformedDistribution
)
from microtensor.distributions.transforms._public import *
from microtensor.distributions.uniform import Uniform as Uniform
from microtensor.distributions.von_mises import VonMises as VonMises
from microtensor.distributions.weibull import Weibull as Weibull
from microtensor.distributions.wishart import Wishart as Wishart
from microtensor.distributions import constraint_registry as constraint_registry
from microtensor.distributions import constraints as constraints
from microtensor.distributions import kl as kl
from microtensor.distributions import transforms as transforms
from microtensor.distributions import utils as utils
