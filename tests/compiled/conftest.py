"""Lets the tests here import `comparing`, which is no test."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location("comparing", Path(__file__).with_name("comparing.py"))
assert _spec is not None
assert _spec.loader is not None
sys.modules["comparing"] = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sys.modules["comparing"])
