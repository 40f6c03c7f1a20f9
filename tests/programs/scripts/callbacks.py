"""A course's library from the foundations: its own loader, hooks that keep statistics, an optimizer of steppers."""

import math, re, operator
from functools import partial
from typing import Iterable
import torch
from torch import nn, tensor, optim
from torch.nn import init
import torch.nn.functional as F

torch.manual_seed(7)


def normalize(x, m, s):
    return (x - m) / s


def listify(o):
    if o is None:
        return []
    if isinstance(o, list):
        return o
    if isinstance(o, str):
        return [o]
    if isinstance(o, Iterable):
        return list(o)
    return [o]


def near(a, b):
    return torch.allclose(a, b, rtol=1e-3, atol=1e-5)


def test_near_zero(a, tol=1e-3):
    assert a.abs() < tol, f"Near zero: {a}"


x_train = torch.rand(128, 64) * 255
w_true = torch.randn(64, 10)
y_train = (x_train @ w_true).argmax(-1)
m, s = x_train.mean(), x_train.std()
x_train = normalize(x_train, m, s)
test_near_zero(x_train.mean())
test_near_zero(1 - x_train.std())
print(m, s)


class Dataset:
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __len__(self):
        return len(self.x)

    def __getitem__(self, i):
        return self.x[i], self.y[i]


class Sampler:
    def __init__(self, ds, bs, shuffle=False):
        self.n, self.bs, self.shuffle = len(ds), bs, shuffle

    def __iter__(self):
        self.idxs = torch.randperm(self.n) if self.shuffle else torch.arange(self.n)
        for i in range(0, self.n, self.bs):
            yield self.idxs[i : i + self.bs]


def collate(b):
    xs, ys = zip(*b)
    return torch.stack(xs), torch.stack(ys)


class DataLoader:
    def __init__(self, ds, sampler, collate_fn=collate):
        self.ds, self.sampler, self.collate_fn = ds, sampler, collate_fn

    def __iter__(self):
        for s in self.sampler:
            yield self.collate_fn([self.ds[i] for i in s])


ds = Dataset(x_train, y_train)
dl = DataLoader(ds, Sampler(ds, 32, True))


class Lambda(nn.Module):
    def __init__(self, func):
        super().__init__()
        self.func = func

    def forward(self, x):
        return self.func(x)


def flatten(x):
    return x.view(x.shape[0], -1)


class GeneralRelu(nn.Module):
    def __init__(self, leak=None, sub=None, maxv=None):
        super().__init__()
        self.leak, self.sub, self.maxv = leak, sub, maxv

    def forward(self, x):
        x = F.leaky_relu(x, self.leak) if self.leak is not None else F.relu(x)
        if self.sub is not None:
            x.sub_(self.sub)
        if self.maxv is not None:
            x.clamp_max_(self.maxv)
        return x


def conv_layer(ni, nf, ks=3, stride=2, bn=True, **kwargs):
    layers = [nn.Conv2d(ni, nf, ks, padding=ks // 2, stride=stride, bias=not bn), GeneralRelu(**kwargs)]
    if bn:
        layers.append(nn.BatchNorm2d(nf, eps=1e-5, momentum=0.1))
    return nn.Sequential(*layers)


model = nn.Sequential(
    Lambda(lambda x: x.view(-1, 1, 8, 8)),
    conv_layer(1, 8, leak=0.1, sub=0.4, maxv=6.0),
    conv_layer(8, 16, leak=0.1, sub=0.4),
    nn.AdaptiveAvgPool2d(1),
    Lambda(flatten),
    nn.Linear(16, 10),
)
for l in model:
    if isinstance(l, nn.Sequential):
        init.kaiming_normal_(l[0].weight, a=0.1)
        if l[0].bias is not None:
            l[0].bias.data.zero_()
print(model)


def annealer(f):
    def _inner(start, end):
        return partial(f, start, end)

    return _inner


@annealer
def sched_lin(start, end, pos):
    return start + pos * (end - start)


@annealer
def sched_cos(start, end, pos):
    return start + (1 + math.cos(math.pi * (1 - pos))) * (end - start) / 2


torch.Tensor.ndim = property(lambda x: len(x.shape))


def combine_scheds(pcts, scheds):
    assert sum(pcts) == 1.0
    pcts = tensor([0] + listify(pcts))
    assert torch.all(pcts >= 0)
    pcts = torch.cumsum(pcts, 0)

    def _inner(pos):
        idx = (pos >= pcts).nonzero().max()
        if idx == 2:
            idx = 1
        actual_pos = (pos - pcts[idx]) / (pcts[idx + 1] - pcts[idx])
        return scheds[idx](actual_pos)

    return _inner


sched = combine_scheds([0.3, 0.7], [sched_cos(0.1, 0.6), sched_cos(0.6, 0.05)])
print([sched(p) for p in torch.linspace(0, 0.99, 5)])


class Hook:
    def __init__(self, m, f):
        self.hook = m.register_forward_hook(partial(f, self))

    def remove(self):
        self.hook.remove()

    def __del__(self):
        self.remove()


def append_stats(hook, mod, inp, outp):
    if not hasattr(hook, "stats"):
        hook.stats = ([], [], [])
    means, stds, hists = hook.stats
    if mod.training:
        means.append(outp.data.mean().cpu())
        stds.append(outp.data.std().cpu())
        hists.append(outp.data.cpu().histc(20, -7, 7))


hooks = [Hook(l, append_stats) for l in model[1:3]]


class StatefulOptimizer:
    def __init__(self, params, steppers, **defaults):
        self.param_groups = [list(p) for p in params]
        self.hypers = [dict(defaults) for _ in self.param_groups]
        self.steppers, self.state = listify(steppers), {}

    def grad_params(self):
        return [
            (p, hyper) for pg, hyper in zip(self.param_groups, self.hypers) for p in pg if p.grad is not None
        ]

    def step(self):
        for p, hyper in self.grad_params():
            if p not in self.state:
                self.state[p] = {
                    "avg": torch.zeros_like(p.grad.data),
                    "sqr": torch.zeros_like(p.grad.data),
                    "step": 0,
                }
            for st in self.steppers:
                st(p, self.state[p], **hyper)

    def zero_grad(self):
        for p, hyper in self.grad_params():
            p.grad.detach_()
            p.grad.zero_()


def weight_decay(p, state, lr, wd, **kw):
    p.data.mul_(1 - lr * wd)


def adam_step(p, state, lr, mom, sqr_mom, eps, **kw):
    state["avg"].mul_(mom).add_(p.grad.data, alpha=1 - mom)
    state["sqr"].mul_(sqr_mom).addcmul_(p.grad.data, p.grad.data, value=1 - sqr_mom)
    state["step"] += 1
    d1, d2 = 1 - mom ** state["step"], 1 - sqr_mom ** state["step"]
    p.data.addcdiv_(state["avg"], (state["sqr"] / d2).sqrt() + eps, value=-lr / d1)


opt = StatefulOptimizer(
    [model.parameters()], [weight_decay, adam_step], lr=1e-2, mom=0.9, sqr_mom=0.99, eps=1e-6, wd=1e-2
)
first = None
for epoch in range(5):
    for xb, yb in dl:
        loss = F.cross_entropy(model(xb), yb)
        loss.backward()
        opt.step()
        opt.zero_grad()
        print(epoch, loss)
        first = first or loss.item()
for h in hooks:
    print(torch.stack(h.stats[0])[1:6], torch.stack(h.stats[2]).t().float().log1p().sum())
    h.remove()
print(F.cross_entropy(model(x_train), y_train).item() < first)
assert loss.item() < first
