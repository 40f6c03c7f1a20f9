"""Adversarial images by gradients, with and without random starts."""

# /// script
# dependencies = ["torchattacks==3.5.1"]
# ///

import json

import torch
import torchattacks

torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 3)
).eval()
images = torch.rand(4, 1, 8, 8)
labels = model(images).argmax(1)
results = {}
for attack in (
    torchattacks.FGSM(model, eps=0.1),
    torchattacks.PGD(model, eps=0.1, alpha=0.03, steps=4),
    torchattacks.MIFGSM(model, eps=0.1, steps=4),
    torchattacks.CW(model, steps=4),
    torchattacks.DeepFool(model, steps=4),
):
    torch.manual_seed(1)
    results[type(attack).__name__] = attack(images, labels).tolist()
print(json.dumps(results))
