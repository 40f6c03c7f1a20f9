"""Complex numbers in explanations, drawings and pages."""

from __future__ import annotations

from pathlib import Path

import microtensor as mt


def test_numbers_are_written_with_both_parts() -> None:
    z = mt.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    loss = (z * z.conj()).abs().sum()
    told = " ".join(str(mt.viz.explain(loss, names={"z": z})).split())
    assert "z = [1 + 2i, 3 - 1i]" in told
    assert "gradient [2 + 4i, 6 - 2i]" in told
    assert "dL/dx + i dL/dy" in told
    assert "dL/dx" not in str(mt.viz.explain((z.abs().detach().requires_grad_() * 2).sum()))


def test_a_complex_number_in_a_page(tmp_path: Path) -> None:
    z = mt.tensor(1 - 0.5j, requires_grad=True)
    drawing = (z * 2).abs().draw()
    drawing.save(tmp_path / "page.html")
    assert "1 - 0.5i" in (tmp_path / "page.html").read_text()
