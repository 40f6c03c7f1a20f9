#!/usr/bin/env bash
# safetensors 0.8.0: its NumPy module writes bfloat16 and float8 arrays and cannot read what it wrote.
#
# Guessed: what safetensors.numpy.save takes, safetensors.numpy.load gives back; and a dtype that it cannot read
# is either refused by save, as ml_dtypes' int4 is, or named by load in a sentence.
# Seen: save takes arrays of ml_dtypes' bfloat16 and float8_e4m3fn and writes a good file with BF16 and F8_E4M3
# in its header. load raises KeyError: 'BF16'.
# Versions: safetensors 0.8.0, ml_dtypes 0.6.0, NumPy 2.4.6, Python 3.11. Exits with 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check \
    "safetensors==0.8.0" "ml_dtypes==0.6.0" "numpy==2.4.6" 2>/dev/null
"$folder/env/bin/python" - <<'PYTHON'
import json
from importlib.metadata import version

import ml_dtypes
import numpy as np
from safetensors.numpy import load, save

print("safetensors", version("safetensors"), "ml_dtypes", ml_dtypes.__version__, "NumPy", np.__version__)
said = {}
for name in ("bfloat16", "float8_e4m3fn", "int4"):
    array = np.array([1, 2, 3]).astype(getattr(ml_dtypes, name))
    try:
        data = save({"w": array})
    except Exception as error:
        said[name] = f"save: {type(error).__name__}: {str(error)[:40]}"
    else:
        header = json.loads(data[8 : 8 + int.from_bytes(data[:8], "little")])["w"]
        try:
            said[name] = f"saved as {header['dtype']}; load: {load(data)['w'].dtype}"
        except Exception as error:
            said[name] = f"saved as {header['dtype']}; load: {type(error).__name__}: {error}"
    print(f"{name:14}", said[name])
assert said["bfloat16"] == "saved as BF16; load: KeyError: 'BF16'"
assert said["float8_e4m3fn"] == "saved as F8_E4M3; load: KeyError: 'F8_E4M3'"
assert said["int4"].startswith("save: SafetensorError: Unknown dtype")
PYTHON
