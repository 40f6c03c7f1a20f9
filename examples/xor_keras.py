"""XOR in Keras' own words, with microtensor below it, beside PyTorch's loop and NumPy by hand.

Keras runs on a back end, and one of them is PyTorch. Here `import torch` means microtensor, so
`compile` and `fit` are Keras', with its bar and its accuracy, and every derivative below them is
microtensor's. The other two begin with the weights that Keras drew and take the same steps of
Adam: three ways of saying one thing.
"""

from __future__ import annotations

import os
import sys
import warnings

import numpy as np
from common import BLUE, GREY, ORANGE, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim

torch.as_torch()
os.environ["KERAS_BACKEND"] = "torch"
try:
    import keras
except ImportError:
    sys.exit(print("This example needs Keras: pip install 'microtensor[keras]'."))

warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # of Keras' variables
INPUTS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]], dtype="float32")
TARGETS = np.array([[0], [1], [1], [0]], dtype="float32")
HIDDEN, RATE, BETA1, BETA2, EPSILON = 16, 0.001, 0.9, 0.999, 1e-7


class Losses(keras.callbacks.Callback):
    """The loss of each step; Keras reports the mean over those of an epoch."""

    def __init__(self):
        super().__init__()
        self.values = []

    def on_epoch_begin(self, epoch, logs=None):
        self.total = 0.0

    def on_train_batch_end(self, batch, logs=None):
        total = logs["loss"] * (batch + 1)
        self.values.append(total - self.total)
        self.total = total


def keras_way(epochs, steps):
    """Return the first weights, the losses, the answers and the last accuracy."""
    heading("Keras' way: a list of layers, compile, fit")
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(HIDDEN, activation="tanh"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.summary()
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    weights, losses = model.get_weights(), Losses()
    rows = np.tile(INPUTS, (steps, 1)), np.tile(TARGETS, (steps, 1))
    history = model.fit(*rows, batch_size=4, epochs=epochs, shuffle=False, callbacks=[losses])
    print(f"a weight of it is a {type(model.layers[0].kernel.value).__module__}.Parameter")
    answers = model.predict(INPUTS, verbose=0)
    return weights, losses.values, answers, history.history["accuracy"][-1]


def pytorch_way(weights, steps):
    """The same network and steps in PyTorch's loop."""
    model = nn.Sequential(nn.Linear(2, HIDDEN), nn.Tanh(), nn.Linear(HIDDEN, 1), nn.Sigmoid())
    with torch.no_grad():
        for parameter, weight in zip(model.parameters(), weights, strict=True):
            parameter.copy_(torch.from_numpy(weight.T))
    inputs, targets, losses = torch.from_numpy(INPUTS), torch.from_numpy(TARGETS), []
    criterion, optimizer = nn.BCELoss(), optim.Adam(model.parameters(), RATE, (BETA1, BETA2), EPSILON)
    for _ in range(steps):
        loss = criterion(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses, model(inputs).detach().numpy()


def by_hand(weights, steps):
    """The same, every derivative and every step of Adam written out."""
    w1, b1, w2, b2 = parameters = [weight.astype(float) for weight in weights]
    means, squares, losses = [0.0] * 4, [0.0] * 4, []
    for step in range(1, steps + 1):
        hidden = np.tanh(INPUTS @ w1 + b1)
        answers = 1 / (1 + np.exp(-(hidden @ w2 + b2)))
        losses.append(-np.mean(TARGETS * np.log(answers) + (1 - TARGETS) * np.log(1 - answers)))
        d_out = (answers - TARGETS) / len(INPUTS)  # sigmoid and cross-entropy cancel to this
        d_hidden = d_out @ w2.T * (1 - hidden**2)
        gradients = INPUTS.T @ d_hidden, d_hidden.sum(0), hidden.T @ d_out, d_out.sum(0)
        for i, (parameter, gradient) in enumerate(zip(parameters, gradients, strict=True)):
            means[i] = BETA1 * means[i] + (1 - BETA1) * gradient
            squares[i] = BETA2 * squares[i] + (1 - BETA2) * gradient**2
            size = np.sqrt(squares[i] / (1 - BETA2**step)) + EPSILON
            parameter -= RATE * means[i] / (1 - BETA1**step) / size
    return losses, 1 / (1 + np.exp(-(np.tanh(INPUTS @ w1 + b1) @ w2 + b2)))


def draw(plt, curves):
    figure, axes = plt.subplots()
    widths = {"Keras, with microtensor below it": 7, "PyTorch's loop": 3.5, "NumPy by hand": 1}
    for (name, width), losses, color in zip(widths.items(), curves, (GREY, ORANGE, BLUE), strict=True):
        axes.plot(losses, linewidth=width, color=color, label=name)
    axes.set(title="XOR, three ways from the same weights", xlabel="step", ylabel="binary cross-entropy")
    axes.legend()
    save(figure, "xor_keras.png")


def main():
    chosen = options(__doc__, seed=0)
    epochs, steps = (2, 20) if chosen.quick else (25, 100)
    keras.utils.set_random_seed(chosen.seed)
    weights, losses, answers, accuracy = keras_way(epochs, steps)
    heading("The same weights and steps in PyTorch's loop, and by hand")
    there, theirs = pytorch_way(weights, epochs * steps)
    hand, ours = by_hand(weights, epochs * steps)
    for (one, other), first, second, third in zip(
        INPUTS, *map(np.ravel, (answers, theirs, ours)), strict=True
    ):
        told = f"Keras {first:.5f}   PyTorch's loop {second:.5f}   by hand {third:.5f}"
        print(f"{one:.0f} xor {other:.0f}:   {told}")
    if plt := pyplot():
        draw(plt, (losses, there, hand))

    apart = max(np.abs(answers - theirs).max(), np.abs(answers - ours).max())
    check(apart < 1e-4, f"after {epochs * steps} steps the answers agree within 1e-4")
    check(np.abs(np.subtract(losses, hand)).max() < 1e-4, "and so does every loss on the way")
    check(losses[-1] < losses[0], f"the loss falls: {losses[0]:.4f} -> {losses[-1]:.4f}")
    if not chosen.quick:
        check(accuracy == 1.0, "Keras reports an accuracy of 1")


if __name__ == "__main__":
    main()
