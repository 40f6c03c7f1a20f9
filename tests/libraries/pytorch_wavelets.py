"""Discrete and dual-tree complex wavelet transforms of images, and back."""

# /// script
# dependencies = ["pytorch-wavelets==1.3.0"]
# ///

import json

import torch
from pytorch_wavelets import DTCWTForward, DTCWTInverse, DWTForward, DWTInverse

torch.manual_seed(0)
images = torch.randn(1, 2, 16, 16, requires_grad=True)
low, high = DWTForward(J=2, wave="db2", mode="symmetric")(images)
sum(part.abs().sum() for part in high).backward()
again = DWTInverse(wave="db2", mode="symmetric")((low, high))
tree_low, tree_high = DTCWTForward(J=2)(images)
results = {
    "low": low.tolist(), "high": [part.tolist() for part in high], "again": again.tolist(),
    "gradient": images.grad.tolist(), "tree": [tree_low.tolist(), [part.tolist() for part in tree_high]],
    "tree again": DTCWTInverse()((tree_low, tree_high)).tolist(),
}  # fmt: skip
print(json.dumps(results))
