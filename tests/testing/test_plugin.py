"""The pytest plugin, as a user's test file loads it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

pytest_plugins = ["microtensor.testing.plugin", "pytester"]

HEAD = 'pytest_plugins = ["microtensor.testing.plugin"]\nimport microtensor as mt\n'


def outcomes(pytester: pytest.Pytester, body: str) -> tuple[dict[str, int], str]:
    pytester.makepyfile(HEAD + body)
    result = pytester.runpytest_inprocess("-p", "no:cacheprovider", "-p", "no:hypothesispytest")
    found = result.parseoutcomes()
    found.pop("warnings", None)  # that the package is imported already, which depends on other tests
    return found, str(result.stdout)


# ------------------------------------------------------------------------ as it is loaded


def test_three_lines_are_a_test(pytester: pytest.Pytester) -> None:
    found, _ = outcomes(
        pytester,
        """
def test_right(assert_gradients):
    assert_gradients(lambda x, w: (x @ w).tanh(), (4, 3), (3,))
""",
    )
    assert found == {"passed": 1}


def test_a_wrong_gradient_fails_with_its_entry(pytester: pytest.Pytester) -> None:
    found, text = outcomes(
        pytester,
        """
def test_wrong(assert_gradients):
    assert_gradients(lambda x: x * x.detach(), [1.0, 3.0])
""",
    )
    assert found == {"failed": 1}
    assert "AssertionError: wrong gradient: Jacobian mismatch for output 0" in text
    assert "d output 0[1] / d input 0 (x)[1]: analytical 3, numerical 6" in text


def test_an_op_is_held_to_the_laws_and_forgotten(pytester: pytest.Pytester) -> None:
    before = dict(mt.registry)
    found, text = outcomes(
        pytester,
        '''
def define(slope):
    @mt.op(x=lambda g, x: g * slope * x * x, elementwise=True, reference=lambda x: x**3, domain=(1, 2))
    def cubed(x, /):
        """Cube. >>> """
        return x * x * x
    return cubed

def test_right(gradcheck_op):
    gradcheck_op(define(3))

def test_wrong(gradcheck_op):
    gradcheck_op(define(2))
''',
    )
    assert found == {"passed": 1, "failed": 1}
    assert "op cubed breaks the law 'gradient'" in text
    assert dict(mt.registry) == before


def test_it_is_not_loaded_unasked(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("import microtensor.testing")
    text = str(pytester.runpytest_subprocess("--fixtures", "-p", "no:cacheprovider").stdout)
    assert "tmp_path" in text
    assert "assert_gradients" not in text


def test_its_fixtures_are_documented(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(HEAD)
    text = str(pytester.runpytest_subprocess("--fixtures", "-p", "no:cacheprovider").stdout)
    assert "assert_gradients" in text
    assert "gradcheck_op" in text


# ------------------------------------------------------------------------- what it takes


def test_inputs_of_every_kind(assert_gradients: Any) -> None:
    seen = []

    def func(*args: Any) -> Any:
        seen.append(args)
        return sum(x.sum() for x in args if isinstance(x, mt.Tensor) and x.requires_grad) ** 2

    x = mt.ones(2)
    assert_gradients(func, (2, 1), [1.0, 2.0], np.float32(3.0), np.ones(2, np.float32), x, 0.5, 7, "mode")
    args = seen[0]
    assert [tuple(a.shape) for a in args[:6]] == [(2, 1), (2,), (), (2,), (2,), ()]
    assert all(a.dtype == mt.float64 and a.requires_grad and a.is_leaf for a in args[:6])
    assert args[6:] == (7, "mode")
    assert x.dtype == mt.float32
    assert not x.requires_grad


def test_a_shape_is_drawn_inside_the_domain_and_always_the_same(assert_gradients: Any) -> None:
    drawn = []
    for _ in range(2):
        assert_gradients(lambda x: drawn.append(x.tolist()) or x.log(), (3, 2), domain=(1.0, 2.0))
    flat = np.array(drawn[0]).ravel()
    assert ((flat > 1) & (flat < 2)).all()
    assert len(set(flat)) == 6
    assert drawn[0] == drawn[len(drawn) // 2]


class Bent(mt.autograd.Function):
    """The cube: its gradient is right, and the gradient of that is cut."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x**3

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return 3 * ctx.saved_tensors[0].detach() ** 2 * g


def test_second_derivatives_are_part_of_it(assert_gradients: Any) -> None:
    with pytest.raises(AssertionError, match="wrong second derivative"):
        assert_gradients(Bent.apply, [2.0])
    assert_gradients(Bent.apply, [2.0], second=False)


def test_forward_mode_and_tolerances_are_passed_on(assert_gradients: Any) -> None:
    assert_gradients(lambda x: x.sin(), (3,), forward=True)
    with pytest.raises(AssertionError, match="wrong gradient"):
        assert_gradients(lambda x: x**3, [1.0], eps=1e-1, atol=1e-6, rtol=0.0)


def test_a_kink_warns(assert_gradients: Any) -> None:
    from microtensor.autograd.gradcheck import KinkWarning

    with pytest.warns(KinkWarning, match="on a kink"):
        assert_gradients(lambda x: x.relu(), [0.0, 1.0], second=False)


def test_an_op_by_its_name(gradcheck_op: Any) -> None:
    gradcheck_op("tanh")
    gradcheck_op(mt.exp, laws=["gradient"])
    with pytest.raises(KeyError):
        gradcheck_op("no such op")
