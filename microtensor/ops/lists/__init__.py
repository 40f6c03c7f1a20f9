"""Functions of each tensor of a list."""
