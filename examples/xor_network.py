"""XOR as a network, three ways: PyTorch's loop, NumPy by hand, and one call that fits.

Two hidden sigmoid units are just enough for XOR, and so it is a good lesson in what goes wrong:
from some first weights the descent comes to a plateau. The example shows from which, and what a
plateau looks like inside: the answers are wrong, but the gradient is nearly zero.
"""

from __future__ import annotations

import numpy as np
from common import BLUE, GREY, RED, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim
from microtensor.train import fit

INPUTS = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TARGETS = torch.tensor([0.0, 1.0, 1.0, 0.0]).view(-1, 1)


class Xor(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden = nn.Linear(2, 2)
        self.output = nn.Linear(2, 1)

    def forward(self, x):
        return self.output(torch.sigmoid(self.hidden(x)))


def train(seed, epochs=2001):
    """PyTorch's way. Return the losses, and a look inside every 100 epochs."""
    torch.manual_seed(seed)
    model, criterion = Xor(), nn.MSELoss()
    for module in model.modules():
        if isinstance(module, nn.Linear):
            module.weight.data.normal_(0, 1)
    optimizer = optim.SGD(model.parameters(), lr=0.02, momentum=0.9)
    losses, looks = [], []
    for epoch in range(epochs):
        loss = criterion(model(INPUTS), TARGETS)
        loss.backward()
        losses.append(loss.item())
        if epoch % 100 == 0:
            looks.append(look_inside(model, epoch, losses[-1]))
        optimizer.step()
        optimizer.zero_grad()
    return losses, looks


def look_inside(model, epoch, loss):
    """Return the gradient's norm, the epoch, the loss, the hidden units and the answers."""
    norm = sum(p.grad.pow(2).sum() for p in model.parameters()).sqrt().item()
    with torch.no_grad():
        hidden = torch.sigmoid(model.hidden(INPUTS))
        return norm, epoch, loss, hidden.tolist(), model(INPUTS).flatten().tolist()


def show(seed, norm, epoch, loss, hidden, answers):
    print(f"seed {seed}, epoch {epoch}: loss {loss:.4f}, gradient norm {norm:.4f}")
    for x, h, answer in zip(INPUTS.tolist(), hidden, answers, strict=True):
        print(f"  input {x[0]:.0f} {x[1]:.0f}   hidden {h[0]:.3f} {h[1]:.3f}   answer {answer:.3f}")


def pytorch_way(seeds):
    heading(f"PyTorch's way: {len(seeds)} seeds, 2001 epochs each")
    runs = {seed: train(seed) for seed in seeds}
    flattest = {seed: min(looks) for seed, (losses, looks) in runs.items() if losses[-1] > 0.01}
    print(f"{len(seeds) - len(flattest)} learn XOR; these do not: {list(flattest)}")
    print("""Not a bug but a plateau. Near a loss of 1/4 every answer is 0.5: the hidden units still
treat all inputs alike. Near 1/8 two of the inputs share one hidden code, for a unit that is
almost 0 or 1 has almost no slope. This is the flattest place that each of them crossed:""")
    for seed, look in flattest.items():
        show(seed, *look)
    return {seed: losses for seed, (losses, _) in runs.items()}, flattest


def by_hand(seed, epochs=3000, rate=0.1):
    """One sample at a time, every derivative written out."""
    random = np.random.RandomState(seed)
    w1, b1, w2, b2 = random.randn(2, 2) * 0.1, np.zeros(2), random.randn(2) * 0.1, 0.0
    x, y, losses = INPUTS.numpy().astype(float), TARGETS.numpy().ravel(), []
    for _ in range(epochs):
        errors = []
        for sample, target in zip(x, y, strict=True):
            hidden = 1 / (1 + np.exp(-(sample @ w1 + b1)))
            before_relu = hidden @ w2 + b2
            error = max(before_relu, 0.0) - target
            d_out = 2 * error * (before_relu > 0)
            d_hidden = d_out * w2 * hidden * (1 - hidden)
            w2, b2 = w2 - rate * d_out * hidden, b2 - rate * d_out
            w1, b1 = w1 - rate * np.outer(sample, d_hidden), b1 - rate * d_hidden
            errors.append(error**2)
        losses.append(np.mean(errors))
    return np.maximum(1 / (1 + np.exp(-(x @ w1 + b1))) @ w2 + b2, 0), losses


def keras_way(seed):
    heading("Keras's way: one call that fits, and on a terminal shows a bar")
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 1), nn.Sigmoid())
    metrics = {"accuracy": lambda output, y: ((output > 0.5) == (y > 0.5)).float().mean()}
    optimizer = optim.Adam(model.parameters(), lr=0.05)
    history = fit(model, nn.BCELoss(), optimizer, (INPUTS, TARGETS), epochs=300, metrics=metrics)
    print(f"loss {history['loss'][0]:.4f} in the first epoch; {history}")
    return history.last["accuracy"]


def draw(plt, curves, failed):
    figure, axes = plt.subplots()
    for seed, losses in curves.items():
        axes.plot(losses, color=RED if seed in failed else BLUE, linewidth=1.1, alpha=0.8)
    for level, text, y in ((0.25, "every answer is 0.5", 0.256), (0.125, "two are 0.5", 0.106)):
        axes.axhline(level, color=GREY, linestyle=":", linewidth=1)
        axes.text(2000, y, text, color="#5b616b", fontsize=8, ha="right")
    axes.plot([], color=BLUE, label="learned XOR")
    axes.plot([], color=RED, label="stayed on a plateau")
    axes.set(title=f"XOR from {len(curves)} initialisations", ylim=(-0.01, 0.55))
    axes.set(xlabel="epoch", ylabel="mean squared error")
    axes.legend(loc="upper center")
    save(figure, "xor_network.png")


def main():
    chosen = options(__doc__, seed=0)
    seeds = range(chosen.seed, chosen.seed + (3 if chosen.quick else 20))
    curves, flattest = pytorch_way(seeds)
    if not chosen.quick:
        freed = [seed for seed in flattest if train(seed, epochs=10_001)[0][-1] < 0.01]
        print(f"Given 10,001 epochs, these learn XOR after all: {freed}")
    if plt := pyplot():
        draw(plt, curves, flattest)

    heading("By hand, one sample at a time")
    answers, losses = by_hand(5, epochs=200 if chosen.quick else 3000)
    print(f"seed 5: loss {losses[0]:.4f} -> {losses[-1]:.2e}, answers {answers.round(3)}")
    dead = [seed for seed in range(20) if not by_hand(seed, epochs=1)[0].any()]
    print(f"from {len(dead)} of the seeds 0 to 19 the last ReLU is 0 everywhere, for ever: {dead}")

    accuracy = keras_way(chosen.seed)
    check(len(flattest) < len(seeds) / 2, f"{len(flattest)} of {len(seeds)} networks fail")
    crossed = all(norm < 0.01 and loss > 0.1 for norm, _, loss, *_ in flattest.values())
    check(crossed, "each of them crossed a place with a loss above 0.1 and a gradient below 0.01")
    check(losses[-1] < (losses[0] if chosen.quick else 1e-6), "the network written by hand learns")
    check(accuracy == 1.0, "one call of fit learns XOR")


if __name__ == "__main__":
    main()
