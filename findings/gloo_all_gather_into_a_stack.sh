#!/usr/bin/env bash
# PyTorch's gloo backend refuses the stacked form of all_gather_into_tensor that its documentation offers.
#
# Guessed: the docstring says that the output is "a concatenation of all the input tensors along the primary
# dimension" or "a stack of all the input tensors along the primary dimension", and has an example of each.
# Seen: for inputs of shape (2,) on two ranks, an output of shape (4,) works and one of shape (2, 2) raises
# RuntimeError "ProcessGroupGloo::allgather: invalid tensor size at index 0 (expected (2), got (1, 2))".
# Versions: torch 2.13.0 (CPU), two ranks under torchrun, Python 3.11, Linux.
# Exits with 0 as long as this is seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "torch==2.13.0" numpy
cat > "$folder/stack.py" <<'PY'
import warnings

import torch
import torch.distributed as dist

warnings.simplefilter("ignore")
dist.init_process_group("gloo")


def outcome(call, *args):
    try:
        call(*args)
    except RuntimeError as error:
        return f"{type(error).__name__}: {error}".splitlines()[0]
    return f"gives {args[0].tolist()}"


x = torch.ones(2)
joined = outcome(dist.all_gather_into_tensor, torch.zeros(4), x)
stacked = outcome(dist.all_gather_into_tensor, torch.zeros(2, 2), x)
text = dist.all_gather_into_tensor.__doc__ or ""
text += getattr(dist, "all_gather_single", dist.all_gather_into_tensor).__doc__ or ""
if dist.get_rank() == 0:
    offered = "stack" in text
    print("the documentation offers a stack:", offered)
    print("output of shape (4,):  ", joined)
    print("output of shape (2, 2):", stacked)
    seen = offered and joined == "gives [1.0, 1.0, 1.0, 1.0]" and "invalid tensor size" in stacked
    print("as described" if seen else "it has changed")
dist.destroy_process_group()
PY
"$folder/venv/bin/torchrun" --standalone --nproc-per-node 2 "$folder/stack.py" 2>"$folder/log" | tee "$folder/out" ||
    { cat "$folder/log"; exit 1; }
grep -q "as described" "$folder/out"
