"""Perceptual distance on networks without weights, as a measure and as a loss."""

# /// script
# dependencies = ["lpips==0.1.4", "torchvision"]
# ///

import json

import lpips
import torch

x = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
found = {}
for net in ("alex", "squeeze", "vgg"):
    torch.manual_seed(0)
    measure = lpips.LPIPS(net=net, pretrained=False, pnet_rand=True, verbose=False, spatial=net == "squeeze")
    guess = (x * 0.5).requires_grad_()
    distance = measure(guess, x)
    distance.sum().backward()
    found[net] = [distance.mean().item(), distance.numel(), guess.grad.abs().sum().item()]
found["l2"] = lpips.L2(colorspace="RGB")(x[:1], x[1:]).item()
print(json.dumps(found))
