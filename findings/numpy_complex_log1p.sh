#!/usr/bin/env bash
# NumPy's log1p of complex numbers loses the digits of a small number that log1p is there for.
#
# Guessed: np.log1p(x + 0j) has the real part np.log1p(x), as np.expm1, its inverse, has np.expm1(x).
# Seen: it takes the logarithm of the length of 1 + z. The real part of log1p(1e-10 + 0j) is wrong from the 8th
# digit on, and that of log1p(1e-17 + 0j) is 0. (PyTorch's complex log1p is right.)
# Versions: numpy 2.4.6, Python 3.11, x86-64. Exits with 0 as long as this is seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check "numpy==2.4.6"
"$folder/venv/bin/python" - <<'PY'
import numpy as np

seen = []
for x in (1e-4, 1e-10, 1e-17):
    exact, found = np.log1p(x), np.log1p(complex(x, 0)).real
    seen.append(float(abs(found - exact) / exact))
    back = np.expm1(complex(x, 0)).real / np.expm1(x) - 1
    print(f"log1p({x:g} + 0j): {found:.17g}, wanted {exact:.17g}, off by {seen[-1]:.1e}; expm1 off by {back:.1e}")
raise SystemExit(not (seen[0] > 5e-14 and seen[1] > 1e-8 and seen[2] == 1))
PY
