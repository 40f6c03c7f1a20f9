"""The base class of all distributions: shapes, the checking of arguments and values, `expand`.

A distribution keeps its parameters as attributes, tensors that begin with the batch's dimensions.  That
is all that `expand` has to know, and so it is here once, for all of them.
"""

from __future__ import annotations

import warnings
from typing import Any, Self

from ..engine.grad_mode import no_grad
from ..engine.size_device import Size
from ..engine.tensor import Tensor
from . import constraints
from .utils import lazy_property


class Distribution:
    """A batch of distributions over events.

    `batch_shape` counts different parameters, `event_shape` the dimensions of one outcome; a sample of
    ``sample_shape`` has the shape ``sample_shape + batch_shape + event_shape``, and `log_prob` takes
    the last ones away.  A subclass says what its parameters satisfy, `arg_constraints`, and in
    which region its values lie, `support`; both are checked, unless `validate_args` is False.

    Raises ``ValueError`` for parameters that do not satisfy their constraints.

    >>> normal = mt.distributions.Normal(mt.zeros(3), 1.0)
    >>> normal.batch_shape, normal.event_shape, normal.sample((2,)).shape
    (torch.Size([3]), torch.Size([]), torch.Size([2, 3]))
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args = __debug__
    _batch_shape: Size
    _event_shape: Size

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Say whether arguments are checked where `validate_args` is not given.

        >>> mt.distributions.Distribution.set_default_validate_args(True)
        """
        if value not in (True, False):
            raise ValueError(f"validate_args is True or False, not {value!r}")
        Distribution._validate_args = value

    def __init__(
        self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None
    ) -> None:
        self._batch_shape, self._event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_arguments()

    def _check_arguments(self) -> None:
        for name, constraint in self._constraints().items():
            if constraints.is_dependent(constraint) or self._is_pending(name):
                continue
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of "
                    f"distribution {self!r} to satisfy the constraint {constraint!r}, but found invalid "
                    f"values:\n{value}"
                )

    def _constraints(self) -> Any:
        try:
            return self.arg_constraints
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `arg_constraints`. Please set `arg_constraints = {{}}` or "
                "initialize the distribution with `validate_args=False` to turn off validation.",
                stacklevel=5,
            )
            return {}

    def _is_pending(self, name: str) -> bool:
        """Whether this parameter is computed from another when it is asked for."""
        return name not in vars(self) and isinstance(getattr(type(self), name, None), lazy_property)

    # ------------------------------------------------------------------ shapes

    @property
    def batch_shape(self) -> Size:
        """The shape of different parameters."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one outcome."""
        return self._event_shape

    def expand(self, batch_shape: Any, _instance: Any = None) -> Self:
        """The same distribution for a larger batch, without copies.

        >>> mt.distributions.Normal(0.0, 1.0).expand((2, 3)).batch_shape
        torch.Size([2, 3])
        """
        new = object.__new__(type(self)) if _instance is None else _instance
        shape, n = tuple(batch_shape), len(self._batch_shape)
        for name, value in vars(self).items():
            vars(new)[name] = _expanded(value, shape, n, self._batch_shape)
        new._batch_shape = Size(shape)
        return new

    def _get_checked_instance(self, cls: type, _instance: Any = None) -> Any:
        """The object for ``expand`` of `cls` to fill; it knows nothing of a subclass's own ``__init__``."""
        if _instance is None and type(self).__init__ is not cls.__init__:  # type: ignore[misc]
            raise NotImplementedError(
                f"Subclass {type(self).__name__} of {cls.__name__} that defines a custom __init__ method "
                "must also define a custom .expand() method."
            )
        return object.__new__(type(self)) if _instance is None else _instance

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        return Size((*sample_shape, *self._batch_shape, *self._event_shape))

    # ------------------------------------------------------- what a subclass says

    @property
    def arg_constraints(self) -> Any:
        """The constraints of the parameters, by name."""
        raise NotImplementedError(f"{type(self).__name__} does not define arg_constraints")

    @property
    def support(self) -> Any:
        """The constraint that all values satisfy."""
        raise NotImplementedError(f"{type(self).__name__} does not define support")

    @property
    def mean(self) -> Any:
        """The expected value."""
        raise NotImplementedError(f"{type(self).__name__} does not implement mean")

    @property
    def mode(self) -> Any:
        """The most likely value."""
        raise NotImplementedError(f"{type(self)} does not implement mode")

    @property
    def variance(self) -> Any:
        """The expected square of the distance from the mean."""
        raise NotImplementedError(f"{type(self).__name__} does not implement variance")

    @property
    def stddev(self) -> Any:
        """The root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Random outcomes, constants of the graph, of shape ``sample_shape + batch + event``."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Random outcomes that depend on the parameters, so that a gradient passes through them."""
        raise NotImplementedError(f"{type(self).__name__} does not implement rsample")

    def sample_n(self, n: int) -> Any:
        """``sample((n,))``; deprecated, as in PyTorch."""
        warnings.warn(
            "`sample_n(n)` will be deprecated. Use `sample((n,))` instead.", FutureWarning, stacklevel=2
        )
        return self.sample((n,))

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density, or of the probability, at `value`."""
        raise NotImplementedError(f"{type(self).__name__} does not implement log_prob")

    def cdf(self, value: Any) -> Any:
        """The probability of a value up to `value`."""
        raise NotImplementedError(f"{type(self).__name__} does not implement cdf")

    def icdf(self, value: Any) -> Any:
        """The inverse of `cdf`."""
        raise NotImplementedError(f"{type(self).__name__} does not implement icdf")

    def enumerate_support(self, expand: bool = True) -> Any:
        """All values of a discrete distribution, along a new first dimension."""
        raise NotImplementedError(f"{type(self).__name__} does not implement enumerate_support")

    def entropy(self) -> Any:
        """The expected value of ``-log_prob``."""
        raise NotImplementedError(f"{type(self).__name__} does not implement entropy")

    def perplexity(self) -> Any:
        """The exponential of the entropy.

        >>> mt.distributions.Categorical(mt.ones(4)).perplexity()
        tensor(4.)
        """
        return self.entropy().exp()

    # ------------------------------------------------------------------ checking

    def _validate_sample(self, value: Any) -> None:
        """Raise ``ValueError`` unless `value` has a shape that fits, and lies in the support."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        self._check_shape(tuple(value.shape))
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `support` to enable sample validation. Please initialize "
                "the distribution with `validate_args=False` to turn off validation.",
                stacklevel=3,
            )
            return
        if not support.check(value).all():
            raise ValueError(
                f"Expected value argument ({type(value).__name__} of shape {tuple(value.shape)}) to be "
                f"within the support ({support!r}) of the distribution {self!r}, but found invalid "
                f"values:\n{value}"
            )

    def _check_shape(self, shape: tuple[int, ...]) -> None:
        event = tuple(self._event_shape)
        if shape[len(shape) - len(event) :] != event:
            raise ValueError(
                f"The right-most size of value must match event_shape: {shape} vs {tuple(event)}."
            )
        expected = self._batch_shape + self._event_shape
        for i, j in zip(reversed(shape), reversed(expected), strict=False):
            if i != 1 and j != 1 and i != j:
                raise ValueError(
                    f"Value is not broadcastable with batch_shape+event_shape: {shape} vs {tuple(expected)}."
                )

    def _check(self, value: Any) -> None:
        if self._validate_args:
            self._validate_sample(value)

    def __repr__(self) -> str:
        held = {name: vars(self)[name] for name in self.arg_constraints if name in vars(self)}
        shown = [f"{n}: {v if v.numel() == 1 else v.size()}" for n, v in held.items()]
        return f"{type(self).__name__}({', '.join(shown)})"


def _expanded(value: Any, shape: tuple[int, ...], n: int, before: Size) -> Any:
    """An attribute for a larger batch: tensors and distributions that begin with the batch's dimensions."""
    if isinstance(value, Tensor) and tuple(value.shape[:n]) == tuple(before):
        return value.expand(*shape, *value.shape[n:])
    if isinstance(value, Distribution):
        return value.expand((*shape, *value.batch_shape[n:]))
    return value
