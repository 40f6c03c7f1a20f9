"""The tables of what can be chosen in the playground, and of the bounds within which numbers are taken."""

from __future__ import annotations

__all__ = ["ACTIVATIONS", "BOUNDS", "DATA", "FEATURES", "LOSSES", "MOST", "OPTIMIZERS", "PENALTIES", "SPEEDS"]

DATA = {
    "circle": "binary", "xor": "binary", "spiral": "binary", "moons": "binary", "gaussians": "binary",
    "three": "classes", "sine": "regression", "plane": "regression",
}  # fmt: skip
"""The data sets that are drawn, and what is learned from them; ``own`` is the user's."""
LOSSES = {"binary": ("BCE", "CE", "MSE"), "classes": ("CE", "MSE"), "regression": ("MSE",)}
"""Which losses go with which task."""
ACTIVATIONS = ("Tanh", "ReLU", "Sigmoid", "LeakyReLU", "ELU", "GELU", "SiLU", "Identity")
"""Classes of `nn` that a hidden layer may end with."""
OPTIMIZERS: dict[str, tuple[str, dict[str, float]]] = {
    "SGD": ("SGD", {}), "momentum": ("SGD", {"momentum": 0.9}), "RMSprop": ("RMSprop", {}),
    "Adam": ("Adam", {}), "AdamW": ("AdamW", {}),
}  # fmt: skip
"""The class of `optim`, and what it is given beside the learning rate and the weight decay."""
PENALTIES = ("none", "L1", "L2")
FEATURES = {
    "x1": "x[:, 0]", "x2": "x[:, 1]", "x1x1": "x[:, 0] ** 2", "x2x2": "x[:, 1] ** 2",
    "x1x2": "x[:, 0] * x[:, 1]", "sinx1": "torch.sin(x[:, 0])", "sinx2": "torch.sin(x[:, 1])",
}  # fmt: skip
"""What the network may see of a point, as its program says it."""
SPEEDS = (1, 5, 25, 100, 500, 0)
"""Steps a second; 0 is as many as there is time for."""
BOUNDS: dict[str, tuple[float, float]] = {
    "noise": (0.0, 1.0), "points": (20, 500), "train": (10, 90), "lr": (1e-6, 1e6), "batch": (1, 500),
    "rate": (0.0, 10.0), "seed": (0, 2**31 - 1), "units": (1, 8), "dropout": (0.0, 0.9),
    "coordinate": (-1e6, 1e6), "class": (0, 2), "step": (0, 10**7),
}  # fmt: skip
"""The least and the largest of each number; where both are whole, so is the number."""
MOST = {"layers": 6, "own": 500, "changes": 100}
"""How many there may be of what is listed."""
