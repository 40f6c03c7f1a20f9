"""A GAN that learns a Gaussian; two optimizers, detach() for the generator's samples."""

import torch
import torch.nn as nn
import torch.optim as optim
from torch.autograd import Variable

torch.manual_seed(4)
data_mean, data_stddev = 4, 1.25
minibatch_size, g_in, d_hidden = 32, 8, 16


def get_distribution_sampler(mu, sigma):
    return lambda n: torch.normal(torch.full((1, n), float(mu)), sigma)


class Generator(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.map1 = nn.Linear(input_size, hidden_size)
        self.bn = nn.BatchNorm1d(hidden_size, 0.8)
        self.map2 = nn.Linear(hidden_size, output_size)

    def forward(self, x):
        return self.map2(nn.functional.leaky_relu(self.bn(self.map1(x)), 0.2, inplace=True))


D = nn.Sequential(
    nn.Linear(1, d_hidden),
    nn.LeakyReLU(0.2),
    nn.Linear(d_hidden, d_hidden),
    nn.ELU(),
    nn.Dropout(0.25),
    nn.Linear(d_hidden, 1),
    nn.Sigmoid(),
)
G = Generator(g_in, 16, 1)


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Linear") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.15)
    elif classname.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


G.apply(weights_init)
D.apply(weights_init)
criterion = nn.BCELoss()
d_optimizer = optim.Adam(D.parameters(), lr=2e-3, betas=(0.5, 0.999))
g_optimizer = optim.Adam(G.parameters(), lr=5e-3, betas=(0.5, 0.999))
real_sampler = get_distribution_sampler(data_mean, data_stddev)
valid = Variable(torch.ones(minibatch_size, 1), requires_grad=False)
fake = Variable(torch.Tensor(minibatch_size, 1).fill_(0.0), requires_grad=False)
trace, spread = [], []
for epoch in range(120):
    for _ in range(2):
        D.zero_grad()
        real = real_sampler(minibatch_size).t()
        d_real = criterion(D(real), valid)
        d_real.backward()
        z = torch.randn(minibatch_size, g_in)
        d_fake = criterion(D(G(z).detach()), fake)
        d_fake.backward()
        d_optimizer.step()
    g_optimizer.zero_grad()
    made = G(torch.rand(minibatch_size, g_in))
    g_loss = criterion(D(made), valid)
    g_loss.backward()
    g_optimizer.step()
    trace.append(made.mean().item())
    if epoch < 20 or epoch % 20 == 19:
        print(
            "%d: D: %.5f/%.5f G: %.5f (mean %.4f std %.4f)"
            % (epoch, d_real, d_fake.item(), g_loss.item(), made.mean(), made.std())
        )
print({k: tuple(v.shape) for k, v in G.state_dict().items()}, G.bn.num_batches_tracked)
assert abs(trace[-1] - data_mean) < abs(trace[0] - data_mean)
