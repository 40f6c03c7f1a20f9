"""The programs of this folder can be imported by its tests, however pytest imports those."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
