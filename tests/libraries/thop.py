"""Multiply-adds and parameters of networks, with a rule for a layer of one's own."""

# /// script
# dependencies = ["thop==0.1.1.post2209072238"]
# ///

import json

import torch
from thop import clever_format, profile


class Scale(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.by = torch.nn.Parameter(torch.ones(5))

    def forward(self, rows):
        return rows * self.by


def count(module, inputs, output):
    """One multiplication for each number."""
    module.total_ops += torch.DoubleTensor([output.numel()])


rows = torch.nn.Sequential(torch.nn.Linear(7, 5), Scale(), torch.nn.Softmax(-1))
image = torch.nn.Sequential(
    torch.nn.Conv2d(3, 8, 3, groups=1),
    torch.nn.BatchNorm2d(8),
    torch.nn.PReLU(),
    torch.nn.Upsample(scale_factor=2),
    torch.nn.ConvTranspose2d(8, 4, 2),
    torch.nn.AdaptiveAvgPool2d(3),
)
found = {
    "rows": profile(rows, (torch.rand(2, 7),), custom_ops={Scale: count}, verbose=False),
    "image": profile(image, (torch.rand(1, 3, 10, 10),), verbose=False),
    "lstm": profile(torch.nn.LSTM(4, 5, 2), (torch.rand(6, 2, 4),), verbose=False),
}
found["words"] = clever_format(list(found["image"]), "%.2f")
print(json.dumps(found))
