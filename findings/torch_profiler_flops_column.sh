#!/usr/bin/env bash
# PyTorch's profiler prints flops under "Source Location", and the source under "FLOPs".
#
# Guessed: with `with_flops=True` and `with_stack=True`, the table of `key_averages(group_by_stack_n=1)` has each
# value in the column of its title.
# Seen: the titles stand in the order "Source Location", "Total KFLOPs", and each row's values in the other
# one: the number of flops is below "Source Location", the line of the program below "Total KFLOPs".
# Versions: torch 2.13.0 (CPU), Python 3.11, Linux.
# Exits with 0 as long as this is seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "torch==2.13.0" numpy
cat > "$folder/flops.py" <<'PY'
import torch
from torch.autograd.profiler_util import EventList, FunctionEvent

event = FunctionEvent(0, "aten::mm", thread=1, start_us=0, end_us=9, flops=48_000, stack=["program.py(3): main"])
events = EventList([event], with_flops=True)
events._build_tree()
lines = events.key_averages(group_by_stack_n=1).table().splitlines()
title, row = lines[1], lines[3]
print(title)
print(row)
titles = title.index("Source Location") < title.index("Total KFLOPs")
values = row.index("48.000") < row.index("program.py")
seen = titles and values
print("as described" if seen else "it has changed")
PY
"$folder/venv/bin/python" "$folder/flops.py" 2>"$folder/log" | tee "$folder/out" || { cat "$folder/log"; exit 1; }
grep -q "as described" "$folder/out"
