import torch
from torch import nn
from collections import OrderedDict

torch.manual_seed(0)
x = torch.linspace(-1, 1, 100).unsqueeze(dim=1)
y = x.pow(3) + 0.1 * torch.normal(torch.zeros(x.size()))


def make():
    torch.manual_seed(42)
    return nn.Sequential(
        OrderedDict(
            [
                ("hidden", nn.Linear(1, 20)),
                ("act", nn.ReLU(inplace=True)),
                ("out", nn.Linear(20, 1)),
            ]
        )
    )


print(make())
optimizers = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=5e-4, momentum=0.8, weight_decay=1e-4, nesterov=True),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9),
    "adam": lambda p: torch.optim.Adam(p, lr=0.01, betas=(0.9, 0.99)),
    "adamw": lambda p: torch.optim.AdamW(p, lr=0.01, amsgrad=True),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.05),
    "adadelta": lambda p: torch.optim.Adadelta(p),
    "rprop": lambda p: torch.optim.Rprop(p, lr=0.001),
}
criterion = nn.MSELoss(reduction="sum")
results = {}
for name, build in optimizers.items():
    net = make()
    opt = build(net.parameters())
    losses = []
    for step in range(25):
        loss = criterion(net(x), y)
        opt.zero_grad()
        loss.backward()
        opt.step() if name != "sgd" else [p.data.add_(p.grad.data, alpha=-1e-3) for p in net.parameters()]
        losses.append(loss.item())
    results[name] = losses
    print(name, " ".join("%.5f" % l for l in losses))
    assert losses[-1] < losses[0], name

n = sum(p.numel() for p in net.parameters() if p.requires_grad)
print(n, [k for k, _ in net.named_parameters()], net.state_dict()["out.bias"].shape)
