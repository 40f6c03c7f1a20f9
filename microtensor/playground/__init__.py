"""A small network learns before your eyes: the real engine, beside the program that does the same.

    settings <- trainer (the loop, stepped and stepped back) <- frame (what a page draws, a pure function)

The exported program is PyTorch's, and gives the training's losses number by number.
"""

from .program import program
from .reading import Layer
from .settings import Settings
from .trainer import Trainer

__all__ = ["Layer", "Settings", "Trainer", "program"]
