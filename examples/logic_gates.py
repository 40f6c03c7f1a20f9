"""Logic gates as networks, and circuits composed of them: a half adder, then four bits.

One sigmoid unit is enough for AND, OR and NAND: a straight line parts the ones from the zeros. None
does for XOR, so its gate needs a hidden layer. A trained gate is a module like any other: a half
adder is a module of two gates, and nothing needs to be trained again.
"""

from __future__ import annotations

from math import log

import numpy as np
from common import check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim

INPUTS = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
TABLES = {"AND": [0, 0, 0, 1], "OR": [0, 1, 1, 1], "NAND": [1, 1, 1, 0], "XOR": [0, 1, 1, 0]}


class Gate(nn.Module):
    """Two bits in, the probability of a one out; without hidden units it is a single sigmoid."""

    def __init__(self, hidden=0):
        super().__init__()
        layers = [nn.Linear(2, hidden), nn.Tanh(), nn.Linear(hidden, 1)] if hidden else [nn.Linear(2, 1)]
        self.logit = nn.Sequential(*layers)

    def forward(self, a, b):
        return torch.sigmoid(self.logit(torch.stack([a, b], dim=-1))).squeeze(-1)


class HalfAdder(nn.Module):
    def __init__(self, gates):
        super().__init__()
        self.sum, self.carry = gates["XOR"], gates["AND"]

    def forward(self, a, b):
        return self.sum(a, b), self.carry(a, b)


class FullAdder(nn.Module):
    def __init__(self, gates):
        super().__init__()
        self.first, self.second, self.either = HalfAdder(gates), HalfAdder(gates), gates["OR"]

    def forward(self, a, b, carry):
        partial, one = self.first(a, b)
        total, other = self.second(partial, carry)
        return total, self.either(one, other)


def train(gate, table, epochs):
    targets, criterion = torch.tensor(table, dtype=torch.float32), nn.BCELoss()
    optimizer = optim.Adam(gate.parameters(), lr=0.1)
    for _ in range(epochs):
        optimizer.zero_grad()
        loss = criterion(gate(*INPUTS.T), targets)
        loss.backward()
        optimizer.step()
    return loss.item()


def add(adder, left, right, bits=4):
    """Add whole numbers bit by bit, lowest first; what travels between the gates is not rounded."""
    carry, total, doubt = torch.zeros(len(left)), torch.zeros(len(left)), 0.0
    with torch.no_grad():
        for place in range(bits + 1):
            a, b = (((number >> place) & 1).float() for number in (left, right))
            bit, carry = adder(a, b, carry)
            total += bit.round() * 2**place
            doubt = max(doubt, (bit - bit.round()).abs().max().item())
    return total.long(), doubt


def draw_gates(plt, gates):
    ticks = torch.linspace(-0.25, 1.25, 121)
    b, a = torch.meshgrid(ticks, ticks, indexing="ij")
    figure, panels = plt.subplots(1, len(gates), sharey=True, figsize=(11, 2.9))
    for axes, (name, gate) in zip(panels, gates.items(), strict=True):
        with torch.no_grad():
            height = gate(a, b).numpy()
        image = axes.pcolormesh(ticks, ticks, height, vmin=0, vmax=1, cmap="PuOr_r", alpha=0.8)
        if height.min() < 0.4 < 0.6 < height.max():
            axes.contour(ticks, ticks, height, levels=[0.5], colors="#30343b", linewidths=1.2)
        for (x, y), bit in zip(INPUTS.tolist(), TABLES[name.split()[0]], strict=True):
            axes.text(
                x, y, bit, ha="center", va="center", weight="bold", bbox={"fc": "white", "ec": "#30343b"}
            )
        axes.set(title=name, xlabel="a", xticks=[0, 1], yticks=[0, 1], aspect="equal")
        axes.grid(False)
    panels[0].set_ylabel("b")
    figure.colorbar(image, ax=panels, label="output", shrink=0.8)
    save(figure, "logic_gates.png")


def draw_tables(plt, columns):
    values = np.stack(list(columns.values()), 1)
    figure, axes = plt.subplots(figsize=(6.4, 3.4))
    axes.imshow(values, vmin=0, vmax=1, cmap="PuOr_r", alpha=0.8, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        axes.text(column, row, f"{value:.3f}", ha="center", va="center", color="white")
    axes.set(title="What the gates answer", ylabel="a b")
    axes.set_xticks(range(len(columns)), columns)
    axes.set_yticks(range(4), [f"{a:.0f} {b:.0f}" for a, b in INPUTS.tolist()])
    axes.tick_params(length=0)
    axes.grid(False)
    for edge in range(1, len(columns)):
        axes.axvline(edge - 0.5, color="white", linewidth=8 if edge == 4 else 1)
        axes.axhline(min(edge, 3) - 0.5, color="white", linewidth=1)
    save(figure, "logic_tables.png")


def main():
    chosen = options(__doc__, seed=0)
    epochs = 300 if chosen.quick else 1000
    torch.manual_seed(chosen.seed)
    gates = {name: Gate(hidden=4 if name == "XOR" else 0) for name in TABLES}
    line = Gate()
    heading(f"four gates, {epochs} epochs each")
    losses = {name: train(gate, TABLES[name], epochs) for name, gate in gates.items()}
    stuck = train(line, TABLES["XOR"], epochs)
    for name, gate in gates.items():
        answers = " ".join(f"{answer:.3f}" for answer in gate(*INPUTS.T).tolist())
        print(f"{name:5} loss {losses[name]:.4f}   at 00 01 10 11: {answers}   wanted {TABLES[name]}")
    print(f"XOR by one unit: loss {stuck:.4f}, that of answering 0.5 to everything (ln 2 = {log(2):.4f})")

    heading("composed of them, not trained again")
    total, carry = (output.detach() for output in HalfAdder(gates)(*INPUTS.T))
    print(f"half adder: sum {total.round().tolist()}, carry {carry.round().tolist()}")
    left, right = torch.arange(256) // 16, torch.arange(256) % 16
    sums, doubt = add(FullAdder(gates), left, right)
    print(f"13 + 11 = {sums[13 * 16 + 11].item()}; the least certain bit is off by {doubt:.4f}")
    if plt := pyplot():
        draw_gates(plt, {**gates, "XOR by one unit": line})
        columns = {name: gate(*INPUTS.T) for name, gate in gates.items()}
        columns |= {"half adder:\nsum": total, "half adder:\ncarry": carry}
        draw_tables(plt, {name: column.detach() for name, column in columns.items()})

    right_tables = [gate(*INPUTS.T).round().tolist() == TABLES[name] for name, gate in gates.items()]
    check(all(right_tables), "AND, OR, NAND and XOR answer their truth tables")
    check(abs(stuck - log(2)) < 1e-3, "one unit cannot do XOR")
    check((2 * carry + total).round().tolist() == [0, 1, 1, 2], "the half adder adds two bits")
    check(torch.equal(sums, left + right), "the gates add all 256 pairs of four-bit numbers")


if __name__ == "__main__":
    main()
