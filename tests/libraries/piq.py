"""Measures of image quality, with gradients through those that are losses."""

# /// script
# dependencies = ["piq==0.8.0", "torchvision"]
# ///

import json

import piq
import torch

torch.manual_seed(0)
x = torch.rand(2, 3, 96, 96)
y = (x + 0.1 * torch.randn_like(x)).clamp(0, 1)
found = {}
for name in (
    "ssim",
    "psnr",
    "gmsd",
    "multi_scale_gmsd",
    "vif_p",
    "fsim",
    "vsi",
    "mdsi",
    "haarpsi",
    "dss",
    "srsim",
):
    found[name] = getattr(piq, name)(x, y, data_range=1.0).item()
found["total variation"] = piq.total_variation(x).item()
for loss in (piq.SSIMLoss(), piq.GMSDLoss(), piq.FSIMLoss(), piq.VIFLoss(), piq.HaarPSILoss(), piq.TVLoss()):
    guess = y.clone().requires_grad_()
    value = loss(guess) if isinstance(loss, piq.TVLoss) else loss(guess, x)
    value.backward()
    found[type(loss).__name__] = [value.item(), guess.grad.abs().sum().item()]
real, made = torch.randn(40, 6), torch.randn(40, 6) * 1.2
found["frechet"] = piq.FID()(real, made).item()
found["kernel"] = piq.KID(degree=3)(real, made).item()
found["precision, recall"] = [part.item() for part in piq.PR()(real, made)]
print(json.dumps(found))
