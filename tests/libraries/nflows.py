"""A flow of splines and couplings, fitted to points on an arc, and sampled from."""

# /// script
# dependencies = ["nflows==0.14"]
#
# [tool.libraries]
# import = ["nflows.flows", "nflows.transforms"]
# ///

import json

import torch
from nflows import distributions, flows, transforms
from nflows.nn.nets import ResidualNet

torch.manual_seed(0)
angle = torch.rand(80) * 3
points = torch.stack([angle.cos(), angle.sin()], 1) + 0.1 * torch.randn(80, 2)


def network(features, outputs):
    """What says how one half is moved, from the other."""
    return ResidualNet(features, outputs, hidden_features=16, num_blocks=1)


parts = []
for mask in ([1, 0], [0, 1]):
    parts.append(transforms.AffineCouplingTransform(torch.tensor(mask), network))
    parts.append(transforms.MaskedAffineAutoregressiveTransform(2, 16))
parts.append(
    transforms.MaskedPiecewiseRationalQuadraticAutoregressiveTransform(2, 16, num_bins=4, tails="linear")
)
flow = flows.Flow(transforms.CompositeTransform(parts), distributions.StandardNormal([2]))
optimizer = torch.optim.Adam(flow.parameters(), lr=5e-3)
losses = []
for _ in range(8):
    loss = -flow.log_prob(points).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
results = {
    "losses": losses,
    "noise": flow.transform_to_noise(points[:4]).tolist(),
    "samples": flow.sample(5).tolist(),
}
print(json.dumps(results))
