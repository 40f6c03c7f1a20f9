"""A conditional random field over padded sequences: its likelihood, its gradients, the best path."""

# /// script
# dependencies = ["pytorch-crf==0.7.2"]
# ///

import json

import torch
from torchcrf import CRF

torch.manual_seed(0)
model = CRF(5, batch_first=True)
emissions = torch.randn(3, 7, 5, requires_grad=True)
tags = torch.randint(5, (3, 7))
mask = torch.arange(7) < torch.tensor([[7], [4], [2]])
likelihood = model(emissions, tags, mask=mask, reduction="none")
likelihood.sum().backward()
results = {
    "likelihood": likelihood.tolist(),
    "by token": model(emissions, tags, mask=mask, reduction="token_mean").item(),
    "gradient": emissions.grad.tolist(),
    "path": model.decode(emissions, mask=mask),
}
results |= {name: parameter.grad.tolist() for name, parameter in model.named_parameters()}
print(json.dumps(results))
