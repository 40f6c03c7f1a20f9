"""C++'s sorting functions: what they promise, and that equals move as its swaps move them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from microtensor.ops.indexing import cpp_sorting as cpp

keys = st.lists(st.integers(0, 6), min_size=1, max_size=80)


def is_rearranged(line: cpp.Line, before: list[int]) -> bool:
    """Whether keys and places have moved together, and none is lost."""
    return sorted(line.places) == list(range(len(before))) and [before[i] for i in line.places] == line.keys


@given(keys)
def test_sort(before: list[int]) -> None:
    line = cpp.Line(before)
    cpp.sort(line)
    assert line.keys == sorted(before)
    assert is_rearranged(line, before)


@given(keys, st.data())
def test_the_smallest_first(before: list[int], data: st.DataObject) -> None:
    """In order by a heap, or in any order before what belongs there."""
    k = data.draw(st.integers(1, len(before)))
    line = cpp.Line(before)
    cpp.partial_sort(line, k)
    assert line.keys[:k] == sorted(before)[:k]
    assert is_rearranged(line, before)
    for function in (cpp.nth_element, cpp.quickselect):
        line = cpp.Line(before)
        function(line, k - 1)
        assert line.keys[k - 1] == sorted(before)[k - 1]
        assert max(line.keys[:k]) <= min(line.keys[k - 1 :])
        assert is_rearranged(line, before)


def test_what_would_take_too_long_is_a_heap() -> None:
    """Introsort gives up after so many bad pivots: an order of Musser's that makes each of them bad."""
    n = 400
    before = [i + 1 if i % 2 == 0 else n // 2 + i // 2 * 2 for i in range(n // 2)]
    before += [2 * (i + 1) for i in range(n - len(before))]
    for function in (cpp.sort, lambda line: cpp.nth_element(line, n // 2)):
        line = cpp.Line(before)
        function(line)
        assert line.keys[n // 2] == sorted(before)[n // 2]
        assert is_rearranged(line, before)


def test_equals_move() -> None:
    """More than 16 of them; the places are those that GCC's library gives."""
    line = cpp.Line([0, 1] * 9)
    cpp.sort(line)
    assert line.keys == [0] * 9 + [1] * 9
    assert line.places != sorted(range(18), key=[0, 1].__mul__(9).__getitem__)
    line = cpp.Line([0, 1] * 8)
    cpp.sort(line)
    assert line.places == [*range(0, 16, 2), *range(1, 16, 2)]


class Evasive:
    """A key without a value until it needs one (after McIlroy): every pivot comes out small."""

    frozen = 0
    candidate: Evasive | None = None

    def __init__(self) -> None:
        self.value: int | None = None

    def __lt__(self, other: Evasive) -> bool:
        if self.value is None and other.value is None:
            (self if self is Evasive.candidate else other).freeze()
        if self.value is None:
            Evasive.candidate = self
        elif other.value is None:
            Evasive.candidate = other
        return self.rank() < other.rank()

    def freeze(self) -> None:
        """Take the smallest value that nobody has."""
        self.value = Evasive.frozen
        Evasive.frozen += 1

    def rank(self) -> float:
        """Above all others, as long as it has no value."""
        return float("inf") if self.value is None else self.value


def test_a_line_that_is_parted_badly_every_time_is_given_to_a_heap() -> None:
    n = 200
    evasive = [Evasive() for _ in range(n)]
    cpp.nth_element(cpp.Line(evasive), n - 1)
    before = [n if key.value is None else key.value for key in evasive]
    for nth in (n - 1, n // 2):
        line = cpp.Line(before)
        cpp.nth_element(line, nth)
        assert line.keys[nth] == sorted(before)[nth]
        assert max(line.keys[:nth]) <= line.keys[nth] <= min(line.keys[nth:])
        assert is_rearranged(line, before)
