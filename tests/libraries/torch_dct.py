"""Cosine transforms in one to three dimensions, and back."""

# /// script
# dependencies = ["torch-dct==0.1.6"]
# ///

import json

import torch
import torch_dct

torch.manual_seed(0)
x = torch.randn(4, 6, 8, requires_grad=True)
torch_dct.dct_2d(x).abs().sum().backward()
results = {
    "dct": torch_dct.dct(x).tolist(), "dct 1": torch_dct.dct1(x).tolist(), "2d": torch_dct.dct_2d(x).tolist(),
    "3d": torch_dct.dct_3d(x, norm="ortho").tolist(), "back": torch_dct.idct_2d(torch_dct.dct_2d(x)).tolist(),
    "gradient": x.grad.tolist(),
}  # fmt: skip
print(json.dumps(results))
