"""Tables of a network's layers: shapes, parameters, multiply-adds."""

# /// script
# dependencies = ["torchinfo==1.8.0"]
# ///

import json

import torch
from torchinfo import summary

torch.manual_seed(0)


class Two(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.left = torch.nn.LSTM(4, 6, batch_first=True, bidirectional=True)
        self.right = torch.nn.ModuleList([torch.nn.Linear(12, 3) for _ in range(2)])

    def forward(self, rows, scale=1.0):
        states, _ = self.left(rows)
        return [layer(states[:, -1]) * scale for layer in self.right]


image = torch.nn.Sequential(
    torch.nn.Conv2d(3, 8, 3, stride=2),
    torch.nn.BatchNorm2d(8),
    torch.nn.ReLU(),
    torch.nn.Flatten(),
    torch.nn.Linear(8 * 7 * 7, 10),
)
columns = [
    "input_size",
    "output_size",
    "num_params",
    "params_percent",
    "kernel_size",
    "mult_adds",
    "trainable",
]
found = {}
for name, model, options in (
    ("image", image, {"input_size": (2, 3, 16, 16)}),
    ("two", Two(), {"input_data": torch.rand(5, 7, 4), "scale": 2.0}),
    ("transformer", torch.nn.TransformerEncoderLayer(8, 2, 16), {"input_size": (3, 2, 8)}),
):
    table = summary(
        model, col_names=columns, row_settings=["depth", "var_names"], verbose=0, depth=4, **options
    )
    sizes = [table.total_params, table.trainable_params, table.total_mult_adds, table.total_output_bytes]
    found[name] = [str(table), sizes]
print(json.dumps(found))
