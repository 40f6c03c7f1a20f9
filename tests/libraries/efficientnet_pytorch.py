"""EfficientNet by name: features, endpoints, a training step, a swish that saves memory."""

# /// script
# dependencies = ["efficientnet-pytorch==0.7.1"]
#
# [tool.libraries]
# close = 1e-3
# ///

import json

import torch
from efficientnet_pytorch import EfficientNet
from efficientnet_pytorch.utils import efficientnet, get_model_params

torch.manual_seed(0)
x = torch.rand(4, 3, 96, 96)
model = EfficientNet.from_name("efficientnet-b0", num_classes=5, in_channels=3)
optimizer = torch.optim.SGD(model.parameters(), 0.01)
losses = []
for _ in range(2):
    loss = torch.nn.functional.cross_entropy(model(x), torch.tensor([0, 1, 2, 3]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
found = {"losses": losses}
small = EfficientNet(*efficientnet(width_coefficient=0.3, depth_coefficient=0.4, num_classes=3)).eval()
small.set_swish(memory_efficient=False)
with torch.no_grad():
    found["small"] = small(x).flatten().tolist()
    ends = small.extract_endpoints(x)
    found["ends"] = {name: [*end.shape, end.abs().mean().item()] for name, end in ends.items()}
found["b3"] = get_model_params("efficientnet-b3", {})[1].dropout_rate
print(json.dumps(found))
