"""Programs that say ``import torch``, run by Python with PyTorch and by ``python -m microtensor run``."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import microtensor

pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
ROOT = str(Path(microtensor.__file__).parent.parent)

PROGRAM = '''
"""Two spirals, a checkpoint in the middle, and a fresh start from it."""
import sys
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim
from torch.utils.data import DataLoader, TensorDataset, random_split

class Net(nn.Module):
    def __init__(self, width: int):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, width), nn.Tanh(), nn.Linear(width, 2))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.manual_seed(int(sys.argv[1]))
t = torch.rand(200) * 6
label = (torch.arange(200) % 2)
x = torch.stack([t * torch.cos(t + 3 * label), t * torch.sin(t + 3 * label)], 1)
train, test = random_split(TensorDataset(x, label), [0.8, 0.2])
model = Net(16).to(device)
optimizer = optim.Adam(model.parameters(), lr=0.01)
scheduler = optim.lr_scheduler.StepLR(optimizer, 3, gamma=0.5)
for epoch in range(6):
    for a, b in DataLoader(train, batch_size=32, shuffle=True):
        loss = F.cross_entropy(model(a), b)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    scheduler.step()
    print(f"{epoch} {loss.item():.4f} {scheduler.get_last_lr()[0]:.5f}")
    if epoch == 2:
        torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, "half.pt")
saved = torch.load("half.pt")
model.load_state_dict(saved["model"])
with torch.no_grad():
    print(f"{F.cross_entropy(model(x), label).item():.4f}", list(saved["optimizer"]["state"][0]))
'''


def test_a_program_prints_the_same(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM)
    environment = os.environ | {"PYTHONPATH": ROOT}
    outputs = []
    for command in (["program.py"], ["-m", "microtensor", "run", "program.py"]):
        done = subprocess.run(
            [sys.executable, *command, "0"], capture_output=True, text=True, cwd=tmp_path, env=environment
        )
        assert done.returncode == 0, done.stderr
        outputs.append(done.stdout)
    assert outputs[0] == outputs[1]
