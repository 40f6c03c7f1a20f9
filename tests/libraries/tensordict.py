"""Dictionaries of tensors with a shape of their own, modules that read and write them, ensembles by vmap."""

# /// script
# dependencies = ["tensordict==0.14.3"]
#
# [tool.libraries]
# import = ["tensordict.nn"]
# ///

import json

import torch
from tensordict import TensorDict
from tensordict.nn import TensorDictModule, TensorDictSequential

torch.manual_seed(0)
data = TensorDict({"seen": torch.randn(3, 4), "inner": {"bias": torch.randn(3, 2)}}, batch_size=[3])
model = TensorDictSequential(
    TensorDictModule(torch.nn.Linear(4, 2), in_keys=["seen"], out_keys=["hidden"]),
    TensorDictModule(torch.add, in_keys=["hidden", ("inner", "bias")], out_keys=["out"]),
)
results = {"out": model(data)["out"].tolist()}
results["stacked"] = torch.stack([data, data * 2], 1)["inner", "bias"].tolist()
results["shapes"] = [
    list(data.reshape(3, 1).shape),
    list(torch.cat([data, data]).shape),
    list(data[1:].shape),
]
network = torch.nn.Linear(4, 2)
ensemble = torch.stack([TensorDict.from_module(torch.nn.Linear(4, 2)) for _ in range(3)])


def run(parameters, x):
    """The network with these parameters."""
    with parameters.to_module(network):
        return network(x)


results["ensemble"] = torch.vmap(run, (0, None))(ensemble, data["seen"]).tolist()
results["mapped"] = torch.vmap(lambda one: one.apply(torch.exp))(data)["inner", "bias"].tolist()
print(json.dumps(results))
