"""A regression with priors: its posterior by variational inference and by the No-U-Turn sampler."""

# /// script
# dependencies = ["pyro-ppl==1.9.2"]
#
# [tool.libraries]
# import = ["pyro", "pyro.infer"]
# ///

import json

import pyro
import torch
from pyro import distributions
from pyro.infer import MCMC, NUTS, SVI, Trace_ELBO
from pyro.infer.autoguide import AutoNormal

pyro.set_rng_seed(0)
x = torch.linspace(-1, 1, 20)
y = 2 * x - 0.5 + 0.1 * torch.randn(20)


def model(x, y):
    """A line with noise."""
    slope = pyro.sample("slope", distributions.Normal(0.0, 3.0))
    offset = pyro.sample("offset", distributions.Normal(0.0, 3.0))
    noise = pyro.sample("noise", distributions.HalfNormal(1.0))
    with pyro.plate("points", len(x)):
        pyro.sample("y", distributions.Normal(slope * x + offset, noise), obs=y)


guide = AutoNormal(model)
inference = SVI(model, guide, pyro.optim.Adam({"lr": 0.05}), Trace_ELBO())
losses = [inference.step(x, y) for _ in range(20)]
chain = MCMC(NUTS(model), num_samples=6, warmup_steps=6, disable_progbar=True)
pyro.set_rng_seed(1)
chain.run(x, y)
medians = {name: value.item() for name, value in guide.median().items()}
results = {
    "losses": losses,
    "medians": medians,
    "chain": {k: v.tolist() for k, v in chain.get_samples().items()},
}
print(json.dumps(results))
