"""Spherical harmonics and a tensor product that turn with their arguments."""

# /// script
# dependencies = ["e3nn==0.6.0"]
#
# [tool.libraries]
# import = ["e3nn.o3"]
# ///

import json

import torch
from e3nn import o3

torch.manual_seed(0)
points = torch.randn(6, 3)
harmonics = o3.spherical_harmonics([0, 1, 2], points, normalize=True, normalization="component")
product = o3.FullyConnectedTensorProduct("2x0e + 1x1o", "1x0e + 1x1o + 1x2e", "3x0e + 2x1o")
features = torch.randn(6, 5, requires_grad=True)
out = product(features, harmonics)
out.square().sum().backward()
turn = o3.rand_matrix()
turned = product(
    features @ o3.Irreps("2x0e + 1x1o").D_from_matrix(turn).T,
    o3.spherical_harmonics([0, 1, 2], points @ turn.T, normalize=True, normalization="component"),
)
results = {
    "harmonics": harmonics.tolist(), "product": out.tolist(), "turned": turned.tolist(),
    "gradient": features.grad.tolist(), "wigner": o3.wigner_3j(1, 1, 2).tolist(),
}  # fmt: skip
print(json.dumps(results))
