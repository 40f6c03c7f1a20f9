#!/usr/bin/env bash
# PyTorch's antialiased interpolation is wrong where the result is one column wide and the height changes, too.
#
# Guessed: the filter is separable, so scaling to (20, 1) at once gives what scaling the width to 1 first and the
# height to 20 after it gives, up to rounding.
# Seen: the numbers differ by tenths, for images with values in [0, 1): of a float image, in bilinear and bicubic
# modes; constant images hide it. Two calls, one for each dimension, are right; so is uint8, and a width of 2.
# Versions: torch 2.13.0 (CPU), Python 3.11, x86-64. Exits with 0 as long as this is seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check "torch==2.13.0" numpy
cat > "$folder/column.py" <<'PY'
import torch
from torch.nn.functional import interpolate

torch.manual_seed(0)
x = torch.rand(1, 1, 12, 4, dtype=torch.float64)
seen = {}
for width in (1, 2):
    options = {"mode": "bilinear", "antialias": True}
    at_once = interpolate(x, (20, width), **options)
    by_matrix = []
    for size, n in ((20, 12), (width, 4)):
        by_matrix.append(interpolate(torch.eye(n, dtype=x.dtype)[None, None], (size, n), **options)[0, 0])
    expected = by_matrix[0] @ x[0, 0] @ by_matrix[1].T
    seen[width] = (at_once[0, 0] - expected).abs().max().item()
    print(f"to (20, {width}): differs by {seen[width]:.3g}")
raise SystemExit(not (seen[1] > 1e-2 and seen[2] < 1e-12))
PY
"$folder/venv/bin/python" "$folder/column.py"
