"""More than the gradient from one backward pass: each example's, variances, and curvature."""

# /// script
# dependencies = ["backpack-for-pytorch==1.7.1"]
#
# [tool.libraries]
# import = ["backpack.extensions"]
# ///

import json

import torch
from backpack import backpack, extend
from backpack.extensions import KFAC, BatchGrad, BatchL2Grad, DiagGGNExact, SumGradSquared, Variance

torch.manual_seed(0)
layers = [torch.nn.Conv2d(1, 2, 3), torch.nn.Sigmoid(), torch.nn.Flatten(), torch.nn.Linear(32, 3)]
model = extend(torch.nn.Sequential(*layers))
loss = extend(torch.nn.CrossEntropyLoss())
x, y = torch.randn(5, 1, 6, 6), torch.randint(0, 3, (5,))
with backpack(BatchGrad(), BatchL2Grad(), Variance(), SumGradSquared(), DiagGGNExact(), KFAC(mc_samples=1)):
    loss(model(x), y).backward()
names = ("grad", "grad_batch", "batch_l2", "variance", "sum_grad_squared", "diag_ggn_exact")
results = {name: [getattr(p, name).tolist() for p in model.parameters()] for name in names}
results["kfac"] = [[factor.shape[0] for factor in p.kfac] for p in model.parameters()]
print(json.dumps(results))
