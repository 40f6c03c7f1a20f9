"""Looking inside a network: its graph with gradients, as a picture and as a page to explore.

A network of two inputs learns which of two interleaved half moons a point belongs to. Then one more
loss is drawn: as SVG and PNG, with each edge as wide as the gradient on it, and as an HTML page
that needs no network, in which the backward pass can be played step by step. The pictures of the
graph need Graphviz or graphviz-pure, those of the training need matplotlib, the page needs neither.
"""

from __future__ import annotations

import numpy as np
from common import check, heading, options, pyplot, save, save_drawing

import microtensor as torch
from microtensor import nn, optim, viz
from microtensor.train import fit


def half_moons(count, random):
    """Points on two half circles, blurred, and which of the two each of them is from."""
    angle = random.uniform(0, np.pi, count)
    label = np.arange(count) % 2
    x = np.where(label, 1 - np.cos(angle), np.cos(angle))
    y = np.where(label, 0.5 - np.sin(angle), np.sin(angle))
    points = np.stack([x, y], 1) + random.normal(0, 0.12, (count, 2))
    return torch.from_numpy(points.astype(np.float32)), torch.from_numpy(label[:, None].astype(np.float32))


def accuracy(output, label):
    return ((output > 0) == (label > 0.5)).float().mean()


def main():
    chosen = options(__doc__, seed=0)
    points, labels = half_moons(400, np.random.default_rng(chosen.seed))
    torch.manual_seed(chosen.seed)
    model = nn.Sequential(nn.Linear(2, 8), nn.Tanh(), nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 1))
    criterion = nn.BCEWithLogitsLoss()
    optimizer = optim.Adam(model.parameters(), lr=0.02)
    epochs = 100 if chosen.quick else 400
    data, metrics = (points, labels), {"accuracy": accuracy}
    history = fit(model, criterion, optimizer, data, epochs=epochs, metrics=metrics)
    right = history["accuracy"][-1]
    print(f"{epochs} epochs: loss {history['loss'][-1]:.4f}, accuracy {right:.2%}")

    heading("one more loss, looked at")
    batch, answers = points[:6], labels[:6]
    with viz.watch():
        loss = nn.functional.binary_cross_entropy_with_logits(model(batch), answers)
    names = {"six points": batch, "labels": answers}
    drawing = viz.draw(loss, names=names, show="op shape grads", flow=True, title="Six points")
    print(drawing.text())
    for ending in ("svg", "png", "html"):
        save_drawing(drawing, f"look_inside.{ending}")
    if plt := pyplot():
        figure, (left, beside) = plt.subplots(1, 2, figsize=(8.4, 3.8))
        viz.plot.losses(history, left, log=True).set(title="Training", ylabel="binary cross-entropy")
        viz.plot.regions(model, points, labels, beside, threshold=0).set_title("What it decides")
        beside.set(xlabel="first input", ylabel="second input")
        beside.grid(False)
        save(figure, "look_inside_training.png")

    recording = viz.record(loss)
    optimizer.zero_grad()
    loss.backward()
    by_name = {recording.graph.by_id[step.node].name: step.arrived[0] for step in recording.steps}
    gap = max(
        abs(by_name[name].summary.rms - np.sqrt(np.square(weight.grad.numpy()).mean()))
        for name, weight in model.named_parameters()
    )
    check(right > (0.85 if chosen.quick else 0.99), f"the moons are told apart: {right:.2%}")
    check(gap < 1e-6, f"the gradients in the drawing are those of backward(): within {gap:.0e}")


if __name__ == "__main__":
    main()
