"""A program as it would run in a page: it trains, loads data, saves and draws; it prints JSON."""

from __future__ import annotations

import io
import json
import sys

import microtensor as torch
from microtensor import nn

torch.manual_seed(0)
x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
y = torch.tensor([0, 1, 1, 0])
data = torch.utils.data.TensorDataset(x, y)
loader = torch.utils.data.DataLoader(data, batch_size=2, shuffle=True)
model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 2))
optimizer = torch.optim.Adam(model.parameters(), lr=0.05)
for _ in range(60):
    for rows, labels in loader:
        optimizer.zero_grad()
        loss = nn.functional.cross_entropy(model(rows), labels)
        loss.backward()
        optimizer.step()

file = io.BytesIO()
torch.save(model.state_dict(), file)
model.load_state_dict(torch.load(io.BytesIO(file.getvalue())))
scores = model(x)
dtypes = {
    "labels": y,
    "places": scores.argmax(1), "rows": y.nonzero(), "drawn": torch.multinomial(torch.ones(3), 2),
    "order": scores.sort(1)[1], "ones": nn.functional.one_hot(y), "scores": scores, "arange": torch.arange(3),
    "so far": scores.cummax(0)[1], "counts": y.bincount(),
}  # fmt: skip
loss = nn.functional.cross_entropy(scores, y)
try:
    torch.utils.data.DataLoader(data, num_workers=2).__iter__().__next__()
except RuntimeError as error:
    workers = str(error)
else:
    workers = ""
print(
    json.dumps(
        {
            "platform": sys.platform,
            "bits": sys.maxsize.bit_length() + 1,
            "loss": loss.item(),
            "right": bool((scores.argmax(1) == y).all()),
            "dtypes": {name: str(value.dtype) for name, value in dtypes.items()},
            "page": "<html" in torch.viz.draw(loss).html(),
            "text": "linear" in torch.viz.draw(loss).text().lower(),
            "words": "loss" in str(loss.explain()),
            "workers": workers,
        }
    )
)
