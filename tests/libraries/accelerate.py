"""A loop under the Accelerator: accumulated and clipped gradients, a saved and loaded state."""

# /// script
# dependencies = ["accelerate==1.15.0"]
# ///

import json
import tempfile

import torch
from accelerate import Accelerator
from accelerate.utils import set_seed
from torch.utils.data import DataLoader, TensorDataset

set_seed(3)
accelerator = Accelerator(gradient_accumulation_steps=2, cpu=True)
data = TensorDataset(torch.randn(24, 5), torch.randint(3, (24,)))
model = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
optimizer = torch.optim.AdamW(model.parameters(), lr=0.02)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 0.05, total_steps=12)
model, optimizer, loader, scheduler = accelerator.prepare(
    model, optimizer, DataLoader(data, batch_size=4, shuffle=True), scheduler
)
losses, norms, rates = [], [], []
for _ in range(2):
    for features, labels in loader:
        with accelerator.accumulate(model):
            loss = torch.nn.functional.cross_entropy(model(features), labels)
            accelerator.backward(loss)
            if accelerator.sync_gradients:
                norms.append(accelerator.clip_grad_norm_(model.parameters(), 0.5).item())
            optimizer.step()
            scheduler.step()
            optimizer.zero_grad()
        losses.append(accelerator.gather(loss.detach()).mean().item())
        rates.append(scheduler.get_last_lr()[0])
with tempfile.TemporaryDirectory() as folder:
    accelerator.save_state(folder)
    before = model(data.tensors[0]).sum().item()
    with torch.no_grad():
        model[0].weight.zero_()
    accelerator.load_state(folder)
after = model(data.tensors[0]).sum().item()
padded = accelerator.pad_across_processes(torch.ones(2, 3), dim=1).shape
print(
    json.dumps(
        {"losses": losses, "norms": norms, "rates": rates, "state": [before, after], "padded": list(padded)}
    )
)
