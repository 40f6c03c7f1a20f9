"""The Sobol sequence: PyTorch's points, plain and scrambled."""

import sys

import pytest

import microtensor as mt

SHIFT = [287468019, 388430972, 764873974]
FIRST = [0.26772546768188477, 0.36175453662872314, 0.7123444080352783]


def test_the_first_points() -> None:
    points = mt.quasirandom.SobolEngine(3).draw(4)
    assert points.tolist() == [[0, 0, 0], [0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75]]


def test_scrambled_by_a_seed() -> None:
    engine = mt.quasirandom.SobolEngine(3, scramble=True, seed=1)
    assert engine.shift.tolist() == SHIFT
    assert engine.draw()[0].tolist() == pytest.approx(FIRST, abs=1e-7)
    assert repr(engine) == "SobolEngine(dimension=3, scramble=True, seed=1)"


def test_parts_are_the_whole() -> None:
    whole, parts = (mt.quasirandom.SobolEngine(64) for _ in range(2))
    expected = whole.draw(16, dtype=mt.float64)
    assert mt.equal(parts.draw(3, dtype=mt.float64), expected[:3])
    assert mt.equal(parts.fast_forward(4).draw(9, dtype=mt.float64), expected[7:])
    assert mt.equal(parts.reset().draw_base2(4, dtype=mt.float64), expected)


def test_out_and_what_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, out = mt.quasirandom.SobolEngine(2), mt.empty(0)
    assert engine.draw(3, out=out) is out
    assert out.shape == (3, 2)
    with pytest.raises(ValueError, match=r"n=3\+2\*\*2=7. Use SobolEngine.draw\(\)"):
        engine.draw_base2(2)
    with pytest.raises(ValueError, match=r"\[1, 21201\], not 0"):
        mt.quasirandom.SobolEngine(0)
    home = sys.modules[mt.quasirandom.SobolEngine.__module__]
    monkeypatch.setattr(home, "find_spec", lambda name: None)
    home._all_numbers.cache_clear()
    with pytest.raises(RuntimeError, match="64 dimensions of its own: pip install scipy"):
        mt.quasirandom.SobolEngine(65)


def test_many_dimensions_with_scipy() -> None:
    pytest.importorskip("scipy")
    state = mt.quasirandom.SobolEngine(66).sobolstate
    assert state[65, :4].tolist() == [536870912, 268435456, 939524096, 738197504]
