"""One file for each network that is timed: the same training step written for every library."""

NAMES = ("xor_by_hand", "xor", "circle", "ten_points", "sine", "mlp", "cnn", "gpt", "lstm")
