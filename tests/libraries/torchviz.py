"""Pictures of the graph behind a value, with the names of its functions."""

# /// script
# dependencies = ["torchviz==0.0.3"]
# ///

import json
import re

import torch
from torchviz import make_dot


def nodes(drawing):
    """The labels of a drawing's nodes, and how many arrows it has."""
    lines = re.sub(r"\b\d{6,}\b", "", drawing.source).splitlines()
    return [sorted(line.strip() for line in lines if "->" not in line), drawing.source.count("->")]


torch.manual_seed(0)
model = torch.nn.Sequential(torch.nn.Linear(4, 6), torch.nn.GELU(), torch.nn.Linear(6, 2))
x = torch.randn(3, 4)
weight = torch.randn(3, requires_grad=True)
curve = (weight.sin() * weight.exp()).sum() + torch.nn.functional.softplus(weight).prod()
recurrent = torch.nn.GRUCell(4, 3)
image = torch.nn.Sequential(
    torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.MaxPool2d(2)
)
found = {
    "model": nodes(make_dot(model(x).square().mean(), params=dict(model.named_parameters()))),
    "curve": nodes(make_dot(curve, params={"weight": weight})),
    "loss": nodes(make_dot(torch.nn.functional.cross_entropy(model(x), torch.tensor([0, 1, 1])))),
    "image": nodes(make_dot(image(torch.rand(1, 1, 8, 8)).mean(), params=dict(image.named_parameters()))),
    "rows": nodes(make_dot(torch.cat([weight[None], weight[None].expand(2, 3)]).T.reshape(-1).norm())),
}
print(json.dumps(found))
