"""Sparse probabilities by sparsemax and entmax, and their losses."""

# /// script
# dependencies = ["entmax==1.3"]
#
# [tool.libraries.tests]
# paths = ["entmax"]
# ///

import json

import torch
from entmax import Entmax15Loss, SparsemaxLoss, entmax15, entmax_bisect, normmax_bisect, sparsemax

torch.manual_seed(0)
scores = torch.randn(4, 6, requires_grad=True)
alpha = torch.tensor([[1.2], [1.5], [1.7], [1.9]], requires_grad=True)
target = torch.tensor([0, 2, 4, 5])
results = {
    "sparsemax": sparsemax(scores, dim=-1),
    "entmax15": entmax15(scores, dim=-1),
    "bisect": entmax_bisect(scores, alpha, dim=-1),
    "normmax": normmax_bisect(scores, 2.0, dim=-1),
    "losses": torch.stack([SparsemaxLoss()(scores, target), Entmax15Loss()(scores, target)]),
}
sum(one.square().sum() for one in results.values()).backward()
results |= {"gradient": scores.grad, "gradient of alpha": alpha.grad}
print(json.dumps({name: one.tolist() for name, one in results.items()}))
