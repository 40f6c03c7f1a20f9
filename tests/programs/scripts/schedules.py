"""Every schedule of learning rates, one of its own, and averages of weights."""

import torch, math, warnings
from torch.optim import lr_scheduler as S
from torch.optim.swa_utils import AveragedModel, SWALR, update_bn

torch.manual_seed(0)


def opt(lr=0.1, n=1):
    return torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr / (k + 1)} for k in range(n)],
        lr=lr,
        momentum=0.9,
    )


def show(name, o, s, n=8, metric=None):
    out = []
    for i in range(n):
        o.step()
        s.step(metric[i]) if metric is not None else s.step()
        out.append([round(g["lr"], 6) for g in o.param_groups])
    print(name, out)


o = opt(n=2)
show("step", o, S.StepLR(o, 3, 0.5))
o = opt()
show("multi", o, S.MultiStepLR(o, milestones=[2, 5], gamma=0.1))
o = opt()
show("exp", o, S.ExponentialLR(o, 0.9))
o = opt()
show("cos", o, S.CosineAnnealingLR(o, 5))
o = opt()
show("warm", o, S.CosineAnnealingWarmRestarts(o, T_0=3, T_mult=2, eta_min=1e-3), 10)
o = opt()
show(
    "plateau",
    o,
    S.ReduceLROnPlateau(o, "min", factor=0.5, patience=1, threshold=0.01),
    8,
    [1, 0.9, 0.9, 0.9, 0.9, 0.5, 0.5, 0.5],
)
o = opt()
show("cyc", o, S.CyclicLR(o, 0.01, 0.1, step_size_up=3, mode="triangular2"), 10)
o = opt()
show("one", o, S.OneCycleLR(o, max_lr=0.5, total_steps=9, pct_start=0.3), 8)
o = opt()
show("poly", o, S.PolynomialLR(o, total_iters=5, power=2))
o = opt()
show("lin", o, S.LinearLR(o, 0.1, total_iters=4))
o = opt()
show("const", o, S.ConstantLR(o, 0.3, 4))
o = opt()
show("mult", o, S.MultiplicativeLR(o, lambda e: 0.95))
o = opt(n=2)
show("lam", o, S.LambdaLR(o, [lambda e: 1 / (1 + e), lambda e: 0.9**e]))
o = opt()
show(
    "seq", o, S.SequentialLR(o, [S.LinearLR(o, 0.1, total_iters=3), S.ExponentialLR(o, 0.9)], milestones=[3])
)
o = opt()
show("chain", o, S.ChainedScheduler([S.ConstantLR(o, 0.5, 3), S.ExponentialLR(o, 0.9)]))
o = opt()
s = S.StepLR(o, 2)
o.step()
s.step()
print(s.state_dict(), s.last_epoch, s.get_last_lr())
s2 = S.StepLR(opt(), 7)
s2.load_state_dict(s.state_dict())
print(s2.step_size)


class WarmupThenInverse(S._LRScheduler):
    def __init__(self, optimizer, warmup, last_epoch=-1):
        self.warmup = warmup
        super().__init__(optimizer, last_epoch)

    def get_lr(self):
        k = max(1, self.last_epoch)
        return [b * min(k / self.warmup, (self.warmup / k) ** 0.5) for b in self.base_lrs]


o = opt()
show("own", o, WarmupThenInverse(o, 4))
net = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1))
o = torch.optim.SGD(net.parameters(), lr=0.1)
swa = AveragedModel(net)
sw = SWALR(o, swa_lr=0.02, anneal_epochs=3)
X = torch.randn(16, 2)
Y = X.prod(1, keepdim=True)
dl = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(X, Y), batch_size=8)
ema = AveragedModel(net, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
for e in range(6):
    for xb, yb in dl:
        l = torch.nn.functional.huber_loss(net(xb), yb, delta=0.5)
        o.zero_grad()
        l.backward()
        o.step()
        ema.update_parameters(net)
    swa.update_parameters(net)
    sw.step()
    print(e, l.item(), o.param_groups[0]["lr"])
update_bn(dl, swa)
print(swa(X[:3]).flatten(), swa.n_averaged, ema.module[0].bias, swa.module[1].running_mean)
assert l.item() < 2
