"""The complexity of networks, counted in hooks of their layers."""

# /// script
# dependencies = ["ptflops==0.7.5"]
# ///

import json

import torch
from ptflops import get_model_complexity_info

image = torch.nn.Sequential(
    torch.nn.Conv2d(3, 8, 3),
    torch.nn.BatchNorm2d(8),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(2),
    torch.nn.Flatten(),
    torch.nn.Linear(72, 10),
)
attention = torch.nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval()
quiet = {"as_strings": False, "print_per_layer_stat": False, "verbose": False, "backend": "pytorch"}
found = {
    "image": get_model_complexity_info(image, (3, 8, 8), **quiet),
    "rows": get_model_complexity_info(torch.nn.GRU(5, 6), (4, 5), **quiet),
}
found["attention"] = get_model_complexity_info(attention, (5, 8), **quiet)
found["words"] = get_model_complexity_info(image, (3, 8, 8), print_per_layer_stat=False)
print(json.dumps(found))
