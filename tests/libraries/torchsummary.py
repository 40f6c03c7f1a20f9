"""The table of layers that is printed for an input size."""

# /// script
# dependencies = ["torchsummary==1.5.1"]
# ///

import contextlib
import io
import json

import torch
from torchsummary import summary

conv = torch.nn.Sequential(
    torch.nn.Conv2d(1, 6, 5),
    torch.nn.Tanh(),
    torch.nn.AvgPool2d(2),
    torch.nn.Conv2d(6, 16, 5),
    torch.nn.Tanh(),
    torch.nn.AdaptiveMaxPool2d(2),
    torch.nn.Flatten(),
    torch.nn.Linear(64, 10),
    torch.nn.LogSoftmax(-1),
)
printed = io.StringIO()
with contextlib.redirect_stdout(printed):
    summary(conv, (1, 28, 28), batch_size=4, device="cpu")
    summary(
        torch.nn.Sequential(torch.nn.Linear(7, 5), torch.nn.PReLU(), torch.nn.Linear(5, 1)),
        (7,),
        device="cpu",
    )
print(json.dumps({"lines": printed.getvalue().splitlines()}))
