"""The table of Kullback-Leibler formulas, and the search for the nearest classes."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from ..distribution import Distribution

Formula = Callable[[Any, Any], Any]


_registry: dict[tuple[type, type], Formula] = {}


_found: dict[tuple[type, type], Formula | None] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[Formula], Formula]:
    """Register a function of two distributions for these classes and their subclasses; a decorator.

    Of several that fit, the most special one counts, and of two that are special in one argument each
    the one for `type_p`, with a warning.  Raises ``TypeError`` for what is no class.

    >>> class Mine(mt.distributions.Normal):
    ...     pass
    >>> @mt.distributions.register_kl(Mine, Mine)
    ... def nothing(p, q):
    ...     return mt.zeros(p.batch_shape)
    >>> mt.distributions.kl_divergence(Mine(0.0, 1.0), Mine(1.0, 1.0))
    tensor(0.)
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not isinstance(kind, type):
            raise TypeError(f"Expected {name} to be a Distribution subclass but got {kind}")

    def register(function: Formula) -> Formula:
        _registry[type_p, type_q] = function
        _found.clear()
        return function

    return register


def kl_divergence(p: Distribution, q: Distribution) -> Any:
    """The expected value of ``p.log_prob(x) - q.log_prob(x)`` for x of `p`, where there is a formula.

    Raises ``NotImplementedError`` where there is none.

    >>> p, q = mt.distributions.Normal(0.0, 1.0), mt.distributions.Normal(1.0, 1.0)
    >>> mt.distributions.kl_divergence(p, q)
    tensor(0.5000)
    """
    from . import mixed_families, multivariate, same_family  # noqa: F401

    key = type(p), type(q)
    if key not in _found:
        _found[key] = _dispatch(*key)
    formula = _found[key]
    if formula is None:
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
        )
    return formula(p, q)


def _dispatch(p: type, q: type) -> Formula | None:
    """The formula of the nearest classes: by the first argument and then the second, and the reverse."""
    pairs = [(a, b) for a, b in _registry if issubclass(p, a) and issubclass(q, b)]
    if not pairs:
        return None
    near = {pair: (p.__mro__.index(pair[0]), q.__mro__.index(pair[1])) for pair in pairs}
    by_p, by_q = min(pairs, key=lambda pair: near[pair]), min(pairs, key=lambda pair: near[pair][::-1])
    if _registry[by_p] is not _registry[by_q]:
        warnings.warn(
            f"Ambiguous kl_divergence({p.__name__}, {q.__name__}). Please "
            f"register_kl({by_p[0].__name__}, {by_q[1].__name__})",
            RuntimeWarning,
            stacklevel=3,
        )
    return _registry[by_p]
