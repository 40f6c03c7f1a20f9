#!/usr/bin/env bash
# PyTorch's ZeroRedundancyOptimizer removes from a state dict that it loads what is not its rank's.
#
# Guessed: load_state_dict reads its argument, as every other optimizer of PyTorch does, and leaves it alone.
# Seen: in a job of two ranks, after zero.load_state_dict(saved), one of the two parameters' entries in
# saved["state"] is None on each rank.  A second optimizer that loads the same dict there (a comparison, a
# retry, a copy kept to be saved again) gets half of the state, and no word about it.
# Versions: torch 2.13.0 (CPU, gloo), two ranks under torchrun, Python 3.11, Linux.
# Exits with 0 as long as this is seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "torch==2.13.0" numpy
cat > "$folder/load.py" <<'PY'
import torch
import torch.distributed as dist
from torch.distributed.optim import ZeroRedundancyOptimizer


def parameters():
    found = [torch.ones(2, requires_grad=True), torch.ones(3, requires_grad=True)]
    for p in found:
        p.grad = torch.ones_like(p)
    return found


def kept(saved):
    return [place for place, state in saved["state"].items() if state is not None]


dist.init_process_group("gloo")
first = torch.optim.Adam(parameters())
first.step()
saved = first.state_dict()
torch.optim.Adam(parameters()).load_state_dict(saved)
by_adam = kept(saved)
ZeroRedundancyOptimizer(parameters(), optimizer_class=torch.optim.Adam).load_state_dict(saved)
by_zero = kept(saved)
if dist.get_rank() == 0:
    print("parameters with state after Adam has loaded it:", by_adam)
    print("after ZeroRedundancyOptimizer has loaded it:   ", by_zero)
    print("as described" if by_adam == [0, 1] and len(by_zero) == 1 else "it has changed")
dist.destroy_process_group()
PY
"$folder/venv/bin/torchrun" --standalone --nproc-per-node 2 "$folder/load.py" 2>"$folder/log" | tee "$folder/out" ||
    { cat "$folder/log"; exit 1; }
grep -q "as described" "$folder/out"
