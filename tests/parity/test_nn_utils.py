"""`nn.utils` and lazy modules, in programs that PyTorch runs too, from the same seed."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
pytest.importorskip("torch.nn.utils.prune", reason="parity tests need torch==2.13.0")

PROGRAMS = """
# a parametrization, its state dict, its gradient, and its end
class Symmetric(torch.nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).T
    def right_inverse(self, a):
        return a.triu()
P = torch.nn.utils.parametrize
_ = torch.manual_seed(0)
m = torch.nn.Linear(3, 3)
held = m.weight
m = P.register_parametrization(m, "weight", Symmetric())
same = m.parametrizations.weight.original is held
keys, text, kind = list(m.state_dict()), str(m), P.type_before_parametrizations(m).__name__
first = m.weight
m(torch.ones(2, 3)).square().sum().backward()
grad = held.grad
m.weight = torch.tensor([[1., 2, 3], [2, 4, 5], [3, 5, 6]])
second, original = m.weight, m.parametrizations.weight.original
flags = [P.is_parametrized(m), P.is_parametrized(m, "weight"), P.is_parametrized(m, "bias")]
with P.cached():
    cached = m.weight is m.weight
fresh = m.weight is m.weight
P.remove_parametrizations(m, "weight")
end, after, still = str(m), m.weight, m.weight is held

# two parametrizations, the second with several inputs refused, and left unparametrized
class Twice(torch.nn.Module):
    def forward(self, x):
        return 2 * x
class Plus(torch.nn.Module):
    def forward(self, x):
        return x + 1
    def right_inverse(self, x):
        return x - 1
P = torch.nn.utils.parametrize
_ = torch.manual_seed(0)
m = torch.nn.Linear(2, 2)
P.register_parametrization(m, "weight", Twice())
P.register_parametrization(m, "weight", Plus())
P.register_parametrization(m, "bias", Plus())
keys, text, w, b = list(m.state_dict()), str(m), m.weight, m.bias
names = [name for name, _ in m.named_parameters()]
P.remove_parametrizations(m, "weight", leave_parametrized=False)
w2, text2 = m.weight, str(m)
P.remove_parametrizations(m, "bias")
b2, text3 = m.bias, str(m)

# a parametrization of several tensors, and of a buffer
class Outer(torch.nn.Module):
    def forward(self, x, y):
        return x[:, None] * y
    def right_inverse(self, z):
        return z[:, 0], z[0]
class Plus(torch.nn.Module):
    def forward(self, x):
        return x + 1
P = torch.nn.utils.parametrize
_ = torch.manual_seed(0)
m = torch.nn.Linear(2, 3)
m.register_buffer("scale", torch.ones(2))
P.register_parametrization(m, "weight", Outer())
P.register_parametrization(m, "scale", Plus())
keys, names, w, s = list(m.state_dict()), [n for n, _ in m.named_parameters()], m.weight, m.scale
flags = [m.parametrizations.weight.is_tensor, m.parametrizations.weight.ntensors]
m.weight.sum().backward()
grads = [m.parametrizations.weight.original0.grad, m.parametrizations.weight.original1.grad]
m.weight = torch.ones(3, 2)
w2 = m.weight
other = P.transfer_parametrizations_and_params(m, torch.nn.Linear(2, 3), "weight")
shared = other.parametrizations.weight.original0 is m.parametrizations.weight.original0
P.remove_parametrizations(m, "weight")
w3, leaf = m.weight, m.weight.is_leaf

# what changes shapes is unsafe
class Row(torch.nn.Module):
    def forward(self, x):
        return x[:1]
m = torch.nn.Linear(2, 2)
torch.nn.utils.parametrize.register_parametrization(m, "weight", Row(), unsafe=True)
w, y = m.weight.shape[0], m.weight.shape[1]

# what changes shapes is refused
class Row(torch.nn.Module):
    def forward(self, x):
        return x[:1]
torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(2, 2), "weight", Row())

# what changes shapes is refused as the second one
class Row(torch.nn.Module):
    def forward(self, x):
        return x[:1]
m = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2))
torch.nn.utils.parametrize.register_parametrization(m, "weight", Row())

# what changes dtypes is refused
class Wide(torch.nn.Module):
    def forward(self, x):
        return x.double()
torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(2, 2), "weight", Wide())

# an inverse that changes dtypes is refused
class Wide(torch.nn.Module):
    def forward(self, x):
        return x
    def right_inverse(self, x):
        return x.double()
torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(2, 2), "weight", Wide())

# an inverse that gives no tensor is refused
class No(torch.nn.Module):
    def forward(self, x):
        return x
    def right_inverse(self, x):
        return 3
torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(2, 2), "weight", No())

# no tensor at all is refused
class No(torch.nn.Module):
    def forward(self, x):
        return 3
torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(2, 2), "weight", No())

# a name that is not there
torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(2, 2), "w", torch.nn.Identity())

# nothing to remove
torch.nn.utils.parametrize.remove_parametrizations(torch.nn.Linear(2, 2), "weight")

# several tensors cannot be left as they were
m = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2))
torch.nn.utils.parametrize.remove_parametrizations(m, "weight", leave_parametrized=False)

# a parametrization that cannot be undone cannot be assigned to
class Twice(torch.nn.Module):
    def forward(self, x):
        return 2 * x
m = torch.nn.utils.parametrize.register_parametrization(torch.nn.Linear(2, 2), "weight", Twice())
m.weight = torch.ones(2, 2)

# parametrized modules are copied, and not pickled
import copy, pickle
_ = torch.manual_seed(0)
m = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(2, 2))
twin = copy.deepcopy(m)
a, b, text = m.weight, twin.weight, str(twin)
twin.weight = torch.ones(2, 2)
c, d = m.weight, twin.weight
pickle.dumps(m)

# weight norm
_ = torch.manual_seed(0)
results = []
for dim in (0, 1, -1, None):
    m = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2), dim=dim)
    m(torch.ones(4, 3)).square().sum().backward()
    results += [m.weight, list(m.state_dict()), [p.grad for p in m.parameters()], str(m)]
    results += [m.parametrizations.weight.original0]

# weight norm loads the older form's state
import warnings
warnings.simplefilter("ignore")
_ = torch.manual_seed(0)
old = torch.nn.utils.weight_norm(torch.nn.Linear(3, 2))
new = torch.nn.utils.parametrizations.weight_norm(torch.nn.Linear(3, 2))
_ = new.load_state_dict(old.state_dict())
a, b = old.weight, new.weight

# the older weight norm
import warnings
warnings.simplefilter("ignore")
_ = torch.manual_seed(0)
results = []
for dim in (0, 1, None):
    m = torch.nn.utils.weight_norm(torch.nn.Linear(3, 2), dim=dim)
    m(torch.ones(4, 3)).square().sum().backward()
    results += [m.weight, list(m.state_dict()), [p.grad for p in m.parameters()], str(m)]
    with torch.no_grad():
        m.weight_g.mul_(2)
    results += [m(torch.ones(4, 3))]
    m = torch.nn.utils.remove_weight_norm(m)
    results += [m.weight, list(m.state_dict()), m(torch.ones(4, 3))]

# the older weight norm warns
import warnings
warnings.simplefilter("error")
torch.nn.utils.weight_norm(torch.nn.Linear(3, 2))

# the older weight norm is there once
import warnings
warnings.simplefilter("ignore")
m = torch.nn.utils.weight_norm(torch.nn.Linear(3, 2))
torch.nn.utils.weight_norm(m)

# no weight norm to remove
torch.nn.utils.remove_weight_norm(torch.nn.Linear(3, 2))

# a lazy module has no weight norm yet
import warnings
warnings.simplefilter("ignore")
torch.nn.utils.weight_norm(torch.nn.LazyLinear(3))

# spectral norm
_ = torch.manual_seed(0)
results = []
for dim, n in ((None, 1), (0, 3), (1, 2)):
    m = torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(5, 4), dim=dim, n_power_iterations=n)
    m(torch.ones(4, 5)).square().sum().backward()
    results += [m.weight, list(m.state_dict()), [p.grad for p in m.parameters()], str(m)]
    m.eval()
    results += [m.weight, m.weight, m.parametrizations.weight[0]._u, m.parametrizations.weight[0]._v]

# spectral norms of modules that are transposed convolutions by name, and by class
class ConvTransposed(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.ones(2, 3))
modules = ConvTransposed(), torch.nn.ConvTranspose1d(2, 3, 1)
shapes = [list(torch.nn.utils.spectral_norm(m).weight_u.shape) for m in modules]

# spectral norm of a vector
m = torch.nn.Linear(3, 2)
m.bias.data = torch.tensor([3., 4.])
m = torch.nn.utils.parametrizations.spectral_norm(m, "bias")
b, keys = m.bias, list(m.state_dict())
m.weight = None

# spectral norm needs iterations
torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(3, 2), n_power_iterations=0)

# spectral norm needs a dimension
torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(3, 2), dim=2)

# spectral norm needs a tensor
torch.nn.utils.parametrizations.spectral_norm(torch.nn.Linear(3, 2), "w")

# orthogonal matrices
_ = torch.manual_seed(0)
results = []
for shape in ((3, 3), (2, 4), (4, 2)):
    for kind in (None, "matrix_exp", "cayley", "householder"):
        for base in (True, False):
            m = torch.nn.Linear(*shape).double()
            options = {"orthogonal_map": kind, "use_trivialization": base}
            m = torch.nn.utils.parametrizations.orthogonal(m, **options)
            m(torch.ones(4, shape[0], dtype=torch.float64)).square().sum().backward()
            results += [m.weight, list(m.state_dict()), [p.grad for p in m.parameters()], str(m)]
            if base or kind == "householder":
                m.weight = torch.eye(shape[1], shape[0], dtype=torch.float64)
                results += [m.weight]

# a batch of orthogonal matrices
_ = torch.manual_seed(0)
m = torch.nn.Linear(1, 1)
m.weight = torch.nn.Parameter(torch.randn(2, 3, 2))
m = torch.nn.utils.parametrizations.orthogonal(m)
w = m.weight
p = torch.nn.Linear(1, 1)
p.weight = torch.nn.Parameter(torch.randn(2, 2, 2))
p = torch.nn.utils.parametrizations.orthogonal(p, use_trivialization=False)
v = p.weight

# vectors are not orthogonal
torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 2), "bias")

# orthogonal matrices have a name
torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 2), "w")

# orthogonal matrices have a map
torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 2), orthogonal_map="svd")

# an orthogonal matrix of another shape
m = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 2))
m.weight = torch.ones(3, 3)

# the exponential has no inverse
m = torch.nn.utils.parametrizations.orthogonal(torch.nn.Linear(2, 2), use_trivialization=False)
m.weight = torch.eye(2)

# the older spectral norm
_ = torch.manual_seed(0)
results = []
for dim, n in ((None, 1), (1, 2)):
    m = torch.nn.utils.spectral_norm(torch.nn.Linear(5, 4), dim=dim, n_power_iterations=n)
    results += [m.weight]
    (m(torch.ones(4, 5)).square().sum() + m(torch.ones(4, 5)).sum()).backward()
    results += [m.weight, list(m.state_dict()), [p.grad for p in m.parameters()], str(m)]
    m.eval()
    results += [m(torch.ones(4, 5)), m.weight_u, m.weight_v]
    results += [m.state_dict()._metadata[""]["spectral_norm"]]
    m = torch.nn.utils.remove_spectral_norm(m)
    results += [m.weight, list(m.state_dict()), m(torch.ones(4, 5))]
    results += ["spectral_norm" in m.state_dict()._metadata[""]]

# the older spectral norm is there once
m = torch.nn.utils.spectral_norm(torch.nn.Linear(3, 2))
torch.nn.utils.spectral_norm(m)

# the older spectral norm needs iterations
torch.nn.utils.spectral_norm(torch.nn.Linear(3, 2), n_power_iterations=0)

# the older spectral norm needs a parameter
torch.nn.utils.spectral_norm(torch.nn.Linear(3, 2), "w")

# the older spectral norm needs a parameter that is something
torch.nn.utils.spectral_norm(torch.nn.Linear(3, 2, bias=False), "bias")

# a lazy module has no spectral norm yet
torch.nn.utils.spectral_norm(torch.nn.LazyLinear(3))

# no spectral norm to remove
torch.nn.utils.remove_spectral_norm(torch.nn.Linear(3, 2))

# the total norm, and clipping with it
results = []
w, v = torch.zeros(2, requires_grad=True), torch.zeros(2, requires_grad=True)
for norm in (1, 2.0, 3, "inf"):
    w.grad = torch.tensor([3., -4.])
    total = torch.nn.utils.get_total_norm([w.grad, torch.tensor([[12.]])], norm)
    torch.nn.utils.clip_grads_with_norm_([w, v], 2, total)
    results += [total, w.grad + 0]
results += [torch.nn.utils.get_total_norm([]), torch.nn.utils.get_total_norm(torch.ones(4))]
half = torch.full((4000,), 200.0).half()
results += [torch.nn.utils.get_total_norm([half]), torch.nn.utils.get_total_norm([half, torch.ones(2)])]

# the old name of clipping warns
import warnings
warnings.simplefilter("error")
torch.nn.utils.clip_grad_norm(torch.zeros(2, requires_grad=True), 1.0)

# an empty generator is suspicious
import warnings
warnings.simplefilter("error")
torch.nn.utils.clip_grad_norm_((p for p in []), 1.0)

# an infinite norm
torch.nn.utils.get_total_norm([torch.tensor([float("inf")])], error_if_nonfinite=True)

# a module without first weights
_ = torch.manual_seed(0)
m = torch.nn.utils.skip_init(torch.nn.Linear, 3, 2, dtype=torch.float64)
next_number, kind, text = torch.rand(1), str(m.weight.dtype)[-7:], str(m)

# what is no module has no first weights
torch.nn.utils.skip_init(dict)

# what knows no device cannot be without first weights
torch.nn.utils.skip_init(torch.nn.ReLU)

# functional call from its older place
import warnings
warnings.simplefilter("ignore")
m = torch.nn.Linear(2, 1, bias=False)
y = torch.nn.utils.stateless.functional_call(m, {"weight": torch.ones(1, 2)}, torch.ones(3, 2))

# pruning the smallest
prune = torch.nn.utils.prune
_ = torch.manual_seed(0)
m = torch.nn.Linear(4, 3)
prune.l1_unstructured(m, "weight", 5)
results = [m.weight, m.weight_mask, m.weight_orig, list(m.state_dict()), prune.is_pruned(m), str(m)]
m(torch.ones(2, 4)).square().sum().backward()
results += [m.weight_orig.grad]
prune.l1_unstructured(m, "weight", 0.5)
results += [m.weight, m.weight_mask]
prune.ln_structured(m, "weight", 1, n=2, dim=0)
results += [m.weight, m.weight_mask]
prune.l1_unstructured(m, "bias", 2, importance_scores=torch.tensor([3., 1., 2.]))
results += [m.bias, m.bias_mask]
with torch.no_grad():
    m.weight_orig.mul_(2)
results += [m(torch.ones(1, 4)), m.weight]
prune.remove(m, "weight")
results += [m.weight, list(m.state_dict()), prune.is_pruned(m)]
prune.remove(m, "bias")
results += [m.bias, list(m.state_dict()), prune.is_pruned(m), [n for n, _ in m.named_parameters()]]

# pruning at random
prune = torch.nn.utils.prune
_ = torch.manual_seed(0)
m = torch.nn.Linear(6, 5)
results = []
prune.random_unstructured(m, "weight", 0.3)
results += [m.weight_mask]
prune.random_structured(m, "weight", 2, dim=1)
results += [m.weight_mask]
prune.random_unstructured(m, "weight", 4)
results += [m.weight_mask]
prune.random_structured(m, "weight", 0.5, dim=0)
results += [m.weight_mask]
prune.identity(m, "bias")
prune.custom_from_mask(m, "bias", torch.tensor([1, 0, 1, 1, 0]))
results += [m.bias, m.bias_mask]
prune.ln_structured(m, "weight", 0, n=1, dim=-1)
results += [m.weight_mask]

# pruning by norms
prune = torch.nn.utils.prune
_ = torch.manual_seed(0)
t = torch.randn(3, 4, 2)
kinds = (1, 1, 0), (0.5, 2, 1), (2, float("inf"), 1), (1, 2, -1)
results = [prune.LnStructured(*kind).prune(t) for kind in kinds]
results += [prune.L1Unstructured(7).prune(t), prune.Identity().prune(t)]
results += [prune.RandomUnstructured(0.25).prune(t)]
results += [prune.RandomStructured(0.25, 1).prune(t), prune.RandomStructured(1).prune(t)]
results += [prune.L1Unstructured(3).prune(t, importance_scores=-t * t), prune.L1Unstructured(0).prune(t)]
results += [prune.CustomFromMask(t > 0).prune(t)]
results += [prune.L1Unstructured(3).prune(t, default_mask=(t > 0).float())]

# pruning several tensors as one
prune = torch.nn.utils.prune
_ = torch.manual_seed(0)
a, b = torch.nn.Linear(4, 3), torch.nn.Linear(3, 2)
both = [(a, "weight"), (b, "weight")]
prune.global_unstructured(both, pruning_method=prune.L1Unstructured, amount=0.4)
results = [a.weight, b.weight]
prune.global_unstructured(both, prune.RandomUnstructured, amount=3)
results += [a.weight, b.weight]
prune.global_unstructured(both, prune.L1Unstructured, {(a, "weight"): torch.ones(3, 4)}, amount=2)
results += [a.weight, b.weight]

# pruning methods of one's own
prune = torch.nn.utils.prune
class Odd(prune.BasePruningMethod):
    PRUNING_TYPE = "unstructured"
    def compute_mask(self, t, default_mask):
        mask = default_mask.clone()
        mask.view(-1)[1::2] = 0
        return mask
_ = torch.manual_seed(0)
m = torch.nn.Linear(4, 3)
_ = Odd.apply(m, "weight")
first = m.weight
_ = Odd.apply(m, "weight")
second = m.weight
methods = prune.PruningContainer()
methods._tensor_name = "weight"
size = len(methods)

# a failure to prune leaves the module as it was
prune = torch.nn.utils.prune
m = torch.nn.Linear(4, 3)
try:
    prune.l1_unstructured(m, "weight", 13)
except ValueError as error:
    failed = True
keys, pruned = sorted(m.state_dict()), prune.is_pruned(m)
prune.l1_unstructured(m, "weight", 13)

# a part of more than all
torch.nn.utils.prune.L1Unstructured(1.5)

# a part of less than nothing
torch.nn.utils.prune.L1Unstructured(-1)

# a part that is no number
torch.nn.utils.prune.L1Unstructured("all")

# a vector has no channels
torch.nn.utils.prune.ln_structured(torch.nn.Linear(3, 2), "bias", 1, 2, 0)

# channels along a dimension that is there
torch.nn.utils.prune.ln_structured(torch.nn.Linear(3, 2), "weight", 1, 2, 2)

# scores of another shape
torch.nn.utils.prune.l1_unstructured(torch.nn.Linear(3, 2), "weight", 1, torch.ones(3))

# scores of another shape for a tensor
torch.nn.utils.prune.L1Unstructured(1).prune(torch.ones(2), importance_scores=torch.ones(3))

# a mask of another shape
torch.nn.utils.prune.custom_from_mask(torch.nn.Linear(3, 2), "weight", torch.ones(3))

# only elements are pruned globally
prune = torch.nn.utils.prune
prune.global_unstructured([(torch.nn.Linear(3, 2), "weight")], prune.LnStructured, amount=1, n=2)

# globally means from several
prune = torch.nn.utils.prune
prune.global_unstructured(3, prune.L1Unstructured, amount=1)

# scores by name
prune = torch.nn.utils.prune
prune.global_unstructured([(torch.nn.Linear(3, 2), "weight")], prune.L1Unstructured, [1], amount=1)

# nothing was pruned
torch.nn.utils.prune.remove(torch.nn.Linear(3, 2), "weight")

# a container takes methods
torch.nn.utils.prune.PruningContainer().add_pruning_method(3)

# a container takes methods of its tensor
prune = torch.nn.utils.prune
a, b = prune.L1Unstructured(1), prune.L1Unstructured(1)
a._tensor_name, b._tensor_name = "a", "b"
both = prune.PruningContainer(a)
both.add_pruning_method(b)

# pruning methods say of which kind they are
prune = torch.nn.utils.prune
class Odd(prune.BasePruningMethod):
    PRUNING_TYPE = "odd"
    def compute_mask(self, t, default_mask):
        return default_mask
m = torch.nn.Linear(4, 3)
_ = Odd.apply(m, "weight")
_ = Odd.apply(m, "weight")

# structured methods have a dimension
prune = torch.nn.utils.prune
class Odd(prune.BasePruningMethod):
    PRUNING_TYPE = "structured"
    def compute_mask(self, t, default_mask):
        return default_mask
m = torch.nn.Linear(4, 3)
_ = Odd.apply(m, "weight")
_ = Odd.apply(m, "weight")

# lazy layers
_ = torch.manual_seed(0)
nn = torch.nn
m = nn.Sequential(nn.LazyLinear(4), nn.LazyBatchNorm1d(), nn.LazyLinear(1, bias=False))
before, lazy = str(m), [list(m.state_dict()), m[0].has_uninitialized_params()]
y = m(torch.ones(5, 3) * torch.arange(5)[:, None])
after, state = str(m), list(m.state_dict().values())
kinds = [type(x).__name__ for x in m]
parameters = [type(p).__name__ for p in m.parameters()]
y.sum().backward()
grads = [p.grad for p in m.parameters()]

# lazy layers and what they hold
m = torch.nn.LazyLinear(2)
facts = [type(m.weight).__name__, str(m.weight), m.weight.requires_grad, m.weight.is_leaf]
facts += [str(m.double().bias.dtype)[-7:]]
m = torch.nn.LazyBatchNorm1d(affine=False, momentum=0.5, dtype=torch.float64)
more = [m.weight is None, m.running_mean.dtype == torch.float64, str(m.running_mean), str(m)]
m(torch.ones(3, 2, dtype=torch.float64))
end = [type(m.running_mean).__name__, m.running_mean]
m = torch.nn.LazyBatchNorm1d(track_running_stats=False, bias=False)
y = m(torch.tensor([[1., 2.], [3., 5.]]))
end2 = [m.running_mean is None, m.bias is None, m.weight]

# lazy layers are saved and loaded
_ = torch.manual_seed(0)
lazy, full = torch.nn.LazyLinear(2), torch.nn.Linear(3, 2)
_ = torch.nn.LazyLinear(2).load_state_dict(lazy.state_dict())
_ = lazy.load_state_dict(full.state_dict())
w, text, uninitialized = lazy.weight, str(lazy), lazy.has_uninitialized_params()
_ = lazy(torch.ones(1, 3))
w2, text2 = lazy.weight, str(lazy)

# an ordinary layer loads no lazy one
torch.nn.Linear(3, 2).load_state_dict(torch.nn.LazyLinear(2).state_dict())

# lazy convolutions and norms
_ = torch.manual_seed(0)
nn, results = torch.nn, []
for n in (1, 2, 3):
    x = torch.randn(2, 4, *[5] * n)
    layers = [getattr(nn, f"LazyConv{n}d")(6, 3, groups=2)]
    layers += [getattr(nn, f"LazyConvTranspose{n}d")(6, 2, stride=2)]
    layers += [getattr(nn, f"LazyBatchNorm{n}d")(), getattr(nn, f"LazyInstanceNorm{n}d")()]
    layers += [getattr(nn, f"LazyConv{n}d")(2, 2, bias=False, padding=1)]
    for m in layers:
        results += [str(m), list(m.state_dict()), m(x), str(m), list(m.parameters())]
        results += [type(m).__name__]

# a lazy convolution has its dimensions
torch.nn.LazyConv2d(3, 2)(torch.ones(2, 3))

# a lazy convolution has its groups
torch.nn.LazyConv1d(4, 2, groups=2)(torch.ones(2, 3, 4))

# a loaded lazy layer keeps its size
lazy = torch.nn.LazyLinear(2)
_ = lazy.load_state_dict(torch.nn.Linear(3, 2).state_dict())
lazy(torch.ones(1, 4))

# lazy parameters have no shape
torch.nn.LazyLinear(2).weight.shape

# lazy parameters cannot be used
torch.nn.LazyLinear(2).weight * 2

# lazy modules of one's own must materialise everything
from importlib import import_module
names = {"torch": "torch.nn.modules.lazy", "microtensor": "microtensor.nn.modules.lazy.mixin"}
Mixin = import_module(names[torch.__name__]).LazyModuleMixin
class Lazy(Mixin, torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w = torch.nn.UninitializedParameter()
    def initialize_parameters(self, x):
        del x
Lazy()(3)

# lazy modules of one's own must say how
from importlib import import_module
names = {"torch": "torch.nn.modules.lazy", "microtensor": "microtensor.nn.modules.lazy.mixin"}
Mixin = import_module(names[torch.__name__]).LazyModuleMixin
class Lazy(Mixin, torch.nn.Module):
    pass
Lazy()(3)
"""


def test_both_give_the_same(program: str, agree: Callable[..., None]) -> None:
    agree(program)


MODULES = ["parametrize", "parametrizations", "prune", "stateless"]


def _surface() -> list[tuple[str, str]]:
    absent = ("fuse", "convert_conv", "rnn")
    found = [("", n) for n in torch.nn.utils.__all__ if not n.startswith(absent)]
    return found + [(m, n) for m in MODULES for n in dir(getattr(torch.nn.utils, m)) if _is_ours(m, n)]


def _is_ours(module: str, name: str) -> bool:
    value = getattr(getattr(torch.nn.utils, module), name)
    here = f"torch.nn.utils.{module}"
    return not name.startswith("_") and callable(value) and getattr(value, "__module__", "") == here


@pytest.mark.parametrize(("module", "name"), _surface())
def test_names_and_arguments(module: str, name: str) -> None:
    ours, theirs = mt.nn.utils, torch.nn.utils
    if module:
        ours, theirs = getattr(ours, module), getattr(theirs, module)
    mine, other = getattr(ours, name), getattr(theirs, name)
    if inspect.isfunction(other) and name != "clip_grad_norm":
        assert list(inspect.signature(mine).parameters) == list(inspect.signature(other).parameters)


LAZY = [name for name in dir(torch.nn) if name.startswith("Lazy") and hasattr(mt.nn, name)]


@pytest.mark.parametrize("name", LAZY)
def test_lazy_layers_take_the_same_arguments(name: str) -> None:
    mine, theirs = (inspect.signature(getattr(library.nn, name)).parameters for library in (mt, torch))
    assert [(p.name, p.default, p.kind) for p in mine.values()] == [
        (p.name, p.default, p.kind) for p in theirs.values()
    ]
