"""Losses, as layers.

| module | what is in it |
|---|---|
| `regression_classification` | MSELoss, L1Loss, CrossEntropyLoss, BCELoss, NLLLoss, KLDivLoss |
| `ranking` | margins between pairs and triplets |
| `likelihood_margin` | CTCLoss, Poisson and Gaussian likelihoods, margins of several labels |
"""

from __future__ import annotations

from .... import _lazy

__getattr__, __dir__ = _lazy.beside(__name__, "regression_classification", "ranking", "likelihood_margin")
