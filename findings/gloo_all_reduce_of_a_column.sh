#!/usr/bin/env bash
# PyTorch's gloo backend reduces a strided column of a matrix in its neighbour's memory.
#
# Guessed: dist.all_reduce(x[:, 1]) adds up column 1 of all ranks, or refuses a tensor that is not contiguous.
# Seen: it returns without a word; element 1 of row 0 is right, element 2 of row 0 (another column) is
# doubled, and element 1 of row 1 is not reduced: it takes as many elements as the column has, side by side.
# all_reduce of a contiguous copy is right.  So is, by chance, a transposed matrix: its memory has no gaps.
# Versions: torch 2.13.0 (CPU), two ranks under torchrun, Python 3.11, Linux.
# Exits with 0 as long as this is seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "torch==2.13.0" numpy
cat > "$folder/column.py" <<'PY'
import torch
import torch.distributed as dist

dist.init_process_group("gloo")
x = torch.arange(6.0).reshape(2, 3)
expected = x.clone()
expected[:, 1] *= dist.get_world_size()
dist.all_reduce(x[:, 1])
y = torch.arange(6.0).reshape(2, 3)
column = y[:, 1].contiguous()
dist.all_reduce(column)
y[:, 1] = column
if dist.get_rank() == 0:
    print("expected ", expected.tolist())
    print("in place ", x.tolist())
    print("by a copy", y.tolist())
    seen = x.tolist() == [[0, 2, 4], [3, 4, 5]] and torch.equal(y, expected)
    print("as described" if seen else "it has changed")
dist.destroy_process_group()
PY
"$folder/venv/bin/torchrun" --standalone --nproc-per-node 2 "$folder/column.py" 2>"$folder/log" | tee "$folder/out" ||
    { cat "$folder/log"; exit 1; }
grep -q "as described" "$folder/out"
