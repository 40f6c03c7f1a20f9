#!/usr/bin/env bash
# onnx 1.23.2: the reference evaluator's LRN normalizes as many channels as there are samples in the batch.
#
# Guessed: LRN (local response normalization) treats every sample alike, so a sample's answer does not depend
# on how many others are in the batch; ONNX defines square_sum[n, c, ...] for each n and each c.
# Seen: op_lrn.py loops `for c in range(x.shape[0])`, over the batch and not over the channels. With one sample
# only channel 0 has a sum, the others are divided by bias ** beta, which is nothing at the default bias of 1.
# With four copies of the sample, its four channels are right. (Mended upstream after this release.)
# Versions: onnx 1.23.2, NumPy 2.4.6, Python 3.11. Exits with 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check "onnx==1.23.2" "numpy==2.4.6" 2>/dev/null
"$folder/env/bin/python" - <<'PYTHON'
import numpy as np
import onnx
from onnx import helper, reference

x = np.array([1.0, 2.0, 3.0, 4.0], np.float32).reshape(1, 4, 1, 1)
node = helper.make_node("LRN", ["x"], ["y"], size=3, alpha=3.0, beta=1.0, bias=1.0)
shapes = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [None, 4, 1, 1]) for name in "xy"]
model = helper.make_model(helper.make_graph([node], "lrn", shapes[:1], shapes[1:]))
onnx.checker.check_model(model)
evaluator = reference.ReferenceEvaluator(model)


def first_sample(batch):
    return evaluator.run(None, {"x": batch})[0][0].ravel()


padded = np.pad(x.ravel(), 1)
by_definition = x.ravel() / (1 + np.convolve(padded**2, np.ones(3), "valid"))
alone, among_four = first_sample(x), first_sample(np.repeat(x, 4, axis=0))
print("onnx", onnx.__version__, "NumPy", np.__version__)
print("by ONNX's definition      ", by_definition.round(4))
print("one sample                ", alone.round(4))
print("the same, four in a batch ", among_four.round(4))
assert np.allclose(among_four, by_definition)
assert np.allclose(alone, [by_definition[0], 2, 3, 4])
PYTHON
