#!/usr/bin/env bash
# PyTorch's SummaryWriter.add_tensor writes float16 tensors that TensorBoard itself cannot read.
#
# Guessed: a tensor that `torch.utils.tensorboard` writes is what `tensorboard.util.tensor_util` reads back.
# Seen: float16 and bfloat16 values are stored as the 32 bits of a float32, in the field `half_val`, where
# TensorBoard (like TensorFlow) expects the 16 bits of the value: make_ndarray raises OverflowError
# "Python integer 1056964608 out of bounds for uint16".  float32 is read back as it was.
# Versions: torch 2.13.0 (CPU), tensorboard 2.20.0, Python 3.11, Linux.
# Exits with 0 as long as this is seen.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q "torch==2.13.0" "tensorboard==2.20.0" numpy
cat > "$folder/half.py" <<'PY'
import torch
from tensorboard.util.tensor_util import make_ndarray
from torch.utils.tensorboard.summary import tensor_proto


def read_back(tensor):
    try:
        return make_ndarray(tensor_proto("tag", tensor).value[0].tensor).tolist()
    except OverflowError as error:
        return f"OverflowError: {error}"


x = torch.tensor([0.5, 2.0])
outcomes = {kind: read_back(x.to(kind)) for kind in (torch.float32, torch.float16, torch.bfloat16)}
for kind, outcome in outcomes.items():
    print(f"{kind}: {outcome}")
seen = outcomes[torch.float32] == [0.5, 2.0] and "OverflowError" in str(outcomes[torch.float16])
print("as described" if seen else "it has changed")
PY
"$folder/venv/bin/python" "$folder/half.py" 2>"$folder/log" | tee "$folder/out" || { cat "$folder/log"; exit 1; }
grep -q "as described" "$folder/out"
