"""A Bayesian regression by sampled evidence, and a convolution and a recurrent layer of that kind."""

# /// script
# dependencies = ["blitz-bayesian-pytorch==0.2.8"]
#
# [tool.libraries]
# import = ["blitz.modules", "blitz.utils"]
# ///

import json

import torch
from blitz.modules import BayesianConv2d, BayesianLinear, BayesianLSTM
from blitz.utils import variational_estimator


@variational_estimator
class Regression(torch.nn.Module):
    """Two layers whose weights are sampled."""

    def __init__(self):
        super().__init__()
        self.first, self.second = BayesianLinear(3, 8), BayesianLinear(8, 1)

    def forward(self, x):
        """The prediction of one sample of the weights."""
        return self.second(self.first(x).relu())


torch.manual_seed(0)
x = torch.randn(16, 3)
y = x.sum(1, keepdim=True)
model, losses = Regression(), []
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
for _ in range(5):
    optimizer.zero_grad()
    loss = model.sample_elbo(
        inputs=x, labels=y, criterion=torch.nn.MSELoss(), sample_nbr=3, complexity_cost_weight=0.05
    )
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
results = {
    "losses": losses,
    "convolution": BayesianConv2d(1, 2, (3, 3))(torch.randn(1, 1, 5, 5)).tolist(),
    "recurrent": BayesianLSTM(3, 2)(torch.randn(2, 4, 3))[0].tolist(),
}
print(json.dumps(results))
