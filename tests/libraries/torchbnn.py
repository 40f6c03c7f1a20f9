"""A network whose weights are distributions, trained with the divergence from its prior."""

# /// script
# dependencies = ["torchbnn==1.2"]
# ///

import json

import torch
import torchbnn

torch.manual_seed(0)
x, y = torch.randn(20, 4), torch.randint(0, 3, (20,))
prior = {"prior_mu": 0, "prior_sigma": 0.1}
model = torch.nn.Sequential(
    torchbnn.BayesLinear(in_features=4, out_features=10, **prior),
    torch.nn.ReLU(),
    torchbnn.BayesLinear(in_features=10, out_features=3, **prior),
)
divergence = torchbnn.BKLLoss(reduction="mean", last_layer_only=False)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for _ in range(8):
    fit, distance = torch.nn.functional.cross_entropy(model(x), y), divergence(model)
    optimizer.zero_grad()
    (fit + 0.1 * distance).sum().backward()
    optimizer.step()
    losses.append([fit.item(), distance.item()])
results = {"losses": losses, "scores": model(x[:3]).tolist()}
print(json.dumps(results))
