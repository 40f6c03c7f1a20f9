"""Training with differential privacy: gradients of each example, clipped and with noise."""

# /// script
# dependencies = ["opacus==1.6.0"]
# ///

import json

import torch
from opacus import GradSampleModule, PrivacyEngine
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
x, y = torch.randn(24, 5), torch.randint(0, 2, (24,))
model = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.ReLU(), torch.nn.Linear(8, 2))
each = GradSampleModule(
    torch.nn.Sequential(torch.nn.Conv1d(1, 2, 3), torch.nn.Flatten(), torch.nn.Linear(6, 2))
)
torch.nn.functional.cross_entropy(each(x[:4, None]), y[:4]).backward()
results = {"examples": [p.grad_sample.tolist() for p in each.parameters()]}
engine = PrivacyEngine()
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
model, optimizer, loader = engine.make_private(
    module=model, optimizer=optimizer, data_loader=DataLoader(TensorDataset(x, y), batch_size=8),
    noise_multiplier=1.1, max_grad_norm=1.0, poisson_sampling=False,
)  # fmt: skip
losses = []
for inputs, labels in loader:
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(inputs), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
results |= {
    "losses": losses,
    "spent": engine.get_epsilon(delta=1e-5),
    "weights": [p.tolist() for p in model.parameters()],
}
print(json.dumps(results))
