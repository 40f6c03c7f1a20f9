"""The Kullback-Leibler divergence of two distributions, found by their classes.

The formulas are in `kl_rules`, those of a user beside them.
"""

from __future__ import annotations
