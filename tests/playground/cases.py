"""Settings that between them use every choice there is."""

from __future__ import annotations

from typing import Any

CASES: list[dict[str, Any]] = [
    {},
    {"data": "xor", "batch": 7, "optimizer": "SGD", "penalty": "L1", "seed": 3},
    {"data": "three", "layers": "6-ReLU-norm,4-Sigmoid-drop0.2", "optimizer": "RMSprop", "train": 80},
    {"data": "three", "loss": "MSE", "points": 60},
    {"data": "sine", "optimizer": "momentum", "features": "x1,sinx1"},
    {"data": "plane", "layers": "", "batch": 500, "noise": 0.3},
    {"data": "spiral", "loss": "CE", "features": "x1,x2,x1x2,sinx2", "penalty": "L2", "optimizer": "AdamW"},
    {"data": "moons", "loss": "MSE", "changes": "20:0.1,35:0.001", "features": "x1x1,x2x2"},
    {"data": "gaussians", "layers": "3-GELU,4-SiLU,3-ELU,2-LeakyReLU,2-Identity"},
    {"data": "own", "own": "1,2,0;-1,-2,1;2,1,0;-2,1,1;0.5,0.5,0;0,0,2"},
    {"data": "circle", "penalty": "L2", "rate": 0.1, "optimizer": "momentum", "lr": 0.05},
]
