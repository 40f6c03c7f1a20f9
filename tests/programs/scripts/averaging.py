"""Stochastic weight averaging and an exponential moving average, by hand and by optim.swa_utils."""

from copy import deepcopy
import torch
from torch import nn
from torch.optim.swa_utils import SWALR, AveragedModel, get_ema_multi_avg_fn, update_bn
from torch.utils.data import DataLoader, TensorDataset

torch.manual_seed(55)
X = torch.rand(200, 4) * 2 - 1
Y = (X.prod(dim=1, keepdim=True) * 8).tanh() + X[:, :1]
loader = DataLoader(
    TensorDataset(X, Y), batch_size=25, shuffle=True, generator=torch.Generator().manual_seed(2)
)


class EMA:
    def __init__(self, model, decay):
        self.decay, self.shadow = decay, {k: v.clone() for k, v in model.state_dict().items()}

    @torch.no_grad()
    def update(self, model):
        for name, value in model.state_dict().items():
            if torch.is_floating_point(value):
                self.shadow[name].mul_(self.decay).add_(value, alpha=1 - self.decay)
            else:
                self.shadow[name].copy_(value)


model = nn.Sequential(nn.Linear(4, 32), nn.BatchNorm1d(32), nn.ReLU(), nn.Linear(32, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
swa_model = AveragedModel(model)
ema_model = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(0.9), use_buffers=True)
by_hand = EMA(model, 0.9)
scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=8)
swa_scheduler = SWALR(optimizer, swa_lr=0.03, anneal_epochs=2, anneal_strategy="linear")
criterion = nn.SmoothL1Loss(beta=0.5)
losses = []
for epoch in range(9):
    for step, (x, y) in enumerate(loader):
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        ema_model.update_parameters(model)
        by_hand.update(model)
        losses.append(loss.item())
        if step % 3 == 0:
            print("%d.%d %.6f lr %.6f" % (epoch, step, loss.item(), optimizer.param_groups[0]["lr"]))
    if epoch >= 5:
        swa_model.update_parameters(model)
        swa_scheduler.step()
    else:
        scheduler.step()
update_bn(loader, swa_model)


def score(m):
    m.eval()
    with torch.no_grad():
        return criterion(m(X), Y).item()


shadow = deepcopy(model)
shadow.load_state_dict(by_hand.shadow)
print(
    "last %.5f swa %.5f ema %.5f by hand %.5f"
    % (score(model), score(swa_model), score(ema_model), score(shadow))
)
print(swa_model.n_averaged, list(swa_model.state_dict())[:3])
print("averaged", int(ema_model.n_averaged))
assert score(swa_model) < losses[0]
