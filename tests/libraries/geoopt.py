"""Points moved on manifolds, and a mean on the sphere and in hyperbolic space found by their optimizers."""

# /// script
# dependencies = ["geoopt==0.5.1"]
# ///

import json

import geoopt
import torch

results = {}
for manifold in (geoopt.PoincareBall(), geoopt.Sphere(), geoopt.Stiefel()):
    torch.manual_seed(0)
    points = manifold.projx(
        torch.randn(5, 3, 3) * 0.3 if isinstance(manifold, geoopt.Stiefel) else torch.randn(5, 3) * 0.3
    )
    center = geoopt.ManifoldParameter(points[0].clone(), manifold=manifold)
    optimizer = geoopt.optim.RiemannianAdam([center], lr=0.05)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = (points - center).square().sum()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    tangent = manifold.proju(points[0], points[1])
    results[type(manifold).__name__] = [losses, center.tolist(), manifold.retr(points[0], tangent).tolist()]
print(json.dumps(results))
