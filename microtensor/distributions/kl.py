"""The Kullback-Leibler divergence of two distributions, found by their classes.

The formulas are in `kl_rules`, those of a user beside them.
"""

from __future__ import annotations

from .kl_rules.registry import _registry as _KL_REGISTRY
from .kl_rules.registry import kl_divergence, register_kl

__all__ = ["_KL_REGISTRY", "kl_divergence", "register_kl"]
