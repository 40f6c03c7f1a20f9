"""Wavelet transforms of signals and images, continuous ones, and packets."""

# /// script
# dependencies = ["ptwt==1.0.1"]
# ///

import json

import ptwt
import torch

torch.manual_seed(0)
signal = torch.randn(2, 64, dtype=torch.float64, requires_grad=True)
image = torch.randn(1, 16, 16, dtype=torch.float64)
parts = ptwt.wavedec(signal, "db3", level=3)
parts[1].square().sum().backward()
low, *details = ptwt.wavedec2(image, "haar", level=2)
results = {
    "parts": [part.tolist() for part in parts],
    "again": ptwt.waverec(parts, "db3").tolist(),
    "gradient": signal.grad.tolist(),
    "image": [low.tolist(), [[one.tolist() for one in detail] for detail in details]],
    "continuous": ptwt.cwt(signal.detach(), torch.arange(1, 6), "mexh")[0].tolist(),
}
print(json.dumps(results))
