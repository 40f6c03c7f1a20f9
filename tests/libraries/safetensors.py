"""Weights to a file and back: a module, a dictionary, a part of a tensor."""

# /// script
# dependencies = ["safetensors==0.8.0"]
#
# [tool.libraries]
# import = ["safetensors.torch"]
# ///

import json
import tempfile
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load, load_model, save, save_file, save_model

torch.manual_seed(0)
folder = Path(tempfile.mkdtemp())
one, other = torch.nn.Linear(3, 2), torch.nn.Linear(3, 2)
save_model(one, folder / "model")
load_model(other, folder / "model")
save_file({"a": torch.arange(6.0).reshape(2, 3), "b": torch.ones(2, dtype=torch.float16)}, folder / "two")
with safetensors.safe_open(folder / "two", "pt") as file:
    part = file.get_slice("a")[1:, :2].tolist()
print(
    json.dumps(
        {
            "weight": other.weight.tolist(),
            "part": part,
            "bytes": {k: v.tolist() for k, v in load(save({"x": torch.randn(3)})).items()},
        }
    )
)
