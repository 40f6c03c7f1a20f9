"""A Fourier operator learns what heat does in a rod, on a grid of one size, and knows it on another.

The rod is a ring of length 1, and heat spreads by ``u_t = 0.002 u_xx``: after a time of 1 a wave of k periods
is left with ``exp(-0.002 (2 pi k)^2)`` of itself. A Fourier layer (Li et al., "Fourier neural operator for
parametric partial differential equations", 2021) transforms, multiplies each of the lowest waves by a complex
number that it learns, and transforms back. A convolution of five points sees two neighbours on each side;
both networks have the same layers otherwise. On a finer grid the five points lie closer together, while waves
stay waves.
"""

from __future__ import annotations

from common import BLUE, GREY, ORANGE, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim

SPREAD, WAVES, WIDTH = 0.002, 8, 8


def starts(count, points):
    """Temperatures of rods that begin with eight waves each, and what they are after a time of 1."""
    k = torch.arange(1.0, WAVES + 1)
    x = torch.arange(points) / points
    phase = torch.rand(count, WAVES) * 2 * torch.pi
    height = torch.randn(count, WAVES) / k.sqrt()
    waves = torch.cos(2 * torch.pi * k * x[:, None] + phase[:, None])
    left = torch.exp(-SPREAD * (2 * torch.pi * k) ** 2)
    return (waves * height[:, None]).sum(-1), (waves * (height * left)[:, None]).sum(-1)


class FourierLayer(nn.Module):
    """Channels mixed wave by wave: complex weights for the lowest waves, nothing of the others."""

    def __init__(self, width, waves):
        super().__init__()
        self.waves = waves
        self.weight = nn.Parameter(torch.randn(width, width, waves + 1, dtype=torch.complex64) / width)

    def forward(self, x):
        z = torch.fft.rfft(x)[..., : self.waves + 1]
        return torch.fft.irfft(torch.einsum("bik,iok->bok", z, self.weight), n=x.shape[-1])


class Network(nn.Module):
    """Lift a temperature to channels, twice a layer beside a mix of channels, and back to one number."""

    def __init__(self, layer):
        super().__init__()
        self.lift, self.drop = nn.Conv1d(1, WIDTH, 1), nn.Conv1d(WIDTH, 1, 1)
        self.layers = nn.ModuleList([layer(), layer()])
        self.mixes = nn.ModuleList([nn.Conv1d(WIDTH, WIDTH, 1) for _ in range(2)])

    def forward(self, u):
        h = self.lift(u[:, None])
        h = torch.tanh(self.layers[0](h) + self.mixes[0](h))
        h = self.layers[1](h) + self.mixes[1](h)
        return self.drop(h)[:, 0]


def five_points():
    return nn.Conv1d(WIDTH, WIDTH, 5, padding=2, padding_mode="circular")


def train(model, data, epochs):
    u, later = data
    optimizer = optim.Adam(model.parameters(), lr=0.01)
    scheduler = optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs)
    losses = []
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(u), later)
        loss.backward()
        optimizer.step()
        scheduler.step()
        losses.append(loss.item())
    return losses


def error(model, data):
    """The root of the mean squared error, as a share of the temperatures' own size."""
    u, later = data
    with torch.no_grad():
        return ((model(u) - later).pow(2).mean() / later.pow(2).mean()).sqrt().item()


def draw(plt, losses, curves, data):
    u, later = data
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 3.8))
    for (name, values), color in zip(losses.items(), (BLUE, ORANGE), strict=True):
        left.semilogy(values, color=color, label=name)
    left.set(xlabel="epoch", ylabel="mean squared error", title="training, 64 points")
    left.legend()
    x = torch.arange(u.shape[1]) / u.shape[1]
    right.plot(x, u[0], color=GREY, lw=0.8, label="before")
    right.plot(x, later[0], color="black", lw=2.5, alpha=0.4, label="after, exact")
    for (name, values), color in zip(curves.items(), (BLUE, ORANGE), strict=True):
        right.plot(x, values[0], color=color, label=name)
    right.set(xlabel="place", title="a new rod, 256 points")
    right.legend()
    save(figure, "fourier_operator.png")


def main():
    chosen = options(__doc__, seed=0)
    torch.manual_seed(chosen.seed)
    epochs = 150 if chosen.quick else 600
    data, new, finer = starts(64, 64), starts(64, 64), starts(64, 256)
    models = {
        "Fourier layers": Network(lambda: FourierLayer(WIDTH, WAVES)),
        "convolutions": Network(five_points),
    }
    losses = {name: train(model, data, epochs) for name, model in models.items()}
    heading("mean squared error in training")
    print(f"{'':16}{'first epoch':>12}{'last epoch':>12}")
    for name, values in losses.items():
        print(f"{name:16}{values[0]:12.4f}{values[-1]:12.4f}")
    heading("error on new rods, as a share of their temperatures")
    print(f"{'':16}{'64 points':>12}{'256 points':>12}")
    found = {name: (error(model, new), error(model, finer)) for name, model in models.items()}
    for name, (same, fine) in found.items():
        print(f"{name:16}{same:12.4f}{fine:12.4f}")
    (fourier, fourier_fine), (points, points_fine) = found.values()
    check(fourier < 0.05, f"Fourier layers are right to 5 % on new rods: {fourier:.4f}")
    check(fourier_fine < 1.5 * fourier, "and as right on a grid four times as fine")
    check(points_fine > 3 * points, "convolutions are not: there their points lie closer together")
    if plt := pyplot():
        with torch.no_grad():
            draw(plt, losses, {name: model(finer[0]) for name, model in models.items()}, finer)


if __name__ == "__main__":
    main()
