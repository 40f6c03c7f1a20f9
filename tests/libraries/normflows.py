"""A real-valued non-volume preserving flow and a spline flow, each fitted to two moons."""

# /// script
# dependencies = ["normflows==1.7.3"]
# ///

import json

import normflows
import torch

results = {}
target = normflows.distributions.TwoMoons()
for kind in ("affine", "spline"):
    torch.manual_seed(0)
    layers = []
    for _ in range(3):
        if kind == "affine":
            net = normflows.nets.MLP([1, 16, 2], init_zeros=False)
            layers += [normflows.flows.AffineCouplingBlock(net), normflows.flows.Permute(2, mode="swap")]
        else:
            layers += [normflows.flows.AutoregressiveRationalQuadraticSpline(2, 1, 16)]
            layers += [normflows.flows.LULinearPermute(2)]
    model = normflows.NormalizingFlow(normflows.distributions.DiagGaussian(2), layers)
    optimizer = torch.optim.Adam(model.parameters(), lr=5e-3)
    points, losses = target.sample(64), []
    for _ in range(6):
        loss = model.forward_kld(points)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    results[kind] = {"losses": losses, "log prob": model.log_prob(points[:4]).tolist()}
print(json.dumps(results))
