import torch
import torch.nn as nn
from torch import autograd

torch.manual_seed(7)
LAMBDA, BATCH, CRITIC_ITERS, DIM = 0.1, 32, 2, 32
one = torch.tensor(1, dtype=torch.float)
mone = one * -1


class Net(nn.Module):
    def __init__(self, n_in, n_out, act):
        super(Net, self).__init__()
        self.main = nn.Sequential(nn.Linear(n_in, DIM), act, nn.Linear(DIM, DIM), act, nn.Linear(DIM, n_out))

    def forward(self, x):
        return self.main(x)


def eight_gaussians(n):
    angle = torch.randint(0, 8, (n,)).float() * (3.14159265 / 4)
    centers = torch.stack((angle.cos(), angle.sin()), dim=1) * 2
    return (centers + 0.02 * torch.randn(n, 2)) / 1.414


def calc_gradient_penalty(netD, real_data, fake_data):
    alpha = torch.rand(BATCH, 1)
    alpha = alpha.expand(real_data.size())
    interpolates = alpha * real_data + ((1 - alpha) * fake_data)
    interpolates = autograd.Variable(interpolates, requires_grad=True)
    disc = netD(interpolates)
    gradients = autograd.grad(
        outputs=disc,
        inputs=interpolates,
        grad_outputs=torch.ones(disc.size()),
        create_graph=True,
        retain_graph=True,
        only_inputs=True,
    )[0]
    return ((gradients.norm(2, dim=1) - 1) ** 2).mean() * LAMBDA


netG, netD = Net(2, 2, nn.ReLU(True)), Net(2, 1, nn.Softplus())
optD = torch.optim.Adam(netD.parameters(), lr=1e-3, betas=(0.5, 0.9))
optG = torch.optim.Adam(netG.parameters(), lr=1e-3, betas=(0.5, 0.9))
distances = []
for iteration in range(40):
    for p in netD.parameters():
        p.requires_grad = True
    for _ in range(CRITIC_ITERS):
        real = eight_gaussians(BATCH)
        netD.zero_grad()
        D_real = netD(real).mean()
        D_real.backward(mone)
        with torch.no_grad():
            noise = torch.randn(BATCH, 2)
        fake = netG(noise).data
        D_fake = netD(fake).mean()
        D_fake.backward(one)
        penalty = calc_gradient_penalty(netD, real.data, fake.data)
        penalty.backward()
        wasserstein = D_real - D_fake
        optD.step()
    for p in netD.parameters():
        p.requires_grad = False
    netG.zero_grad()
    G = netD(netG(torch.randn(BATCH, 2))).mean()
    G.backward(mone)
    optG.step()
    distances.append(penalty.item())
    if iteration < 24 or iteration % 8 == 7:
        print(
            iteration,
            "W",
            "%.6f" % wasserstein.item(),
            "GP",
            "%.6f" % penalty.item(),
            "G",
            "%.6f" % -G.item(),
        )
print(netG.main[0].weight.grad.shape, all(p.grad is not None for p in netD.parameters()))
assert distances[-1] < 0.1 and max(distances) < 1
