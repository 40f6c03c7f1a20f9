#!/usr/bin/env bash
# onnx 1.23.2: the reference evaluator's LpPool counts more values in a window at the edge than the window has.
#
# Guessed: LpPool computes "the Lp norm on all values of a subset of the input"; for p = 1 and an input of ones
# it counts the values in each window, so a window that hangs over the edge by one has a norm of 2 of 3.
# Seen: with ceil_mode=1 it says 3, as if the missing value were there and another one. It averages |x| ** p
# over the values that exist and multiplies by the size of a full window. With explicit pads it says 2.
# Versions: onnx 1.23.2, NumPy 2.4.6, Python 3.11. Exits with 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check "onnx==1.23.2" "numpy==2.4.6" 2>/dev/null
"$folder/env/bin/python" - <<'PYTHON'
import numpy as np
import onnx
from onnx import TensorProto, helper, reference


def pooled(x, **attributes):
    node = helper.make_node("LpPool", ["x"], ["y"], kernel_shape=[3], p=1, **attributes)
    x_info = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    y_info = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, None])
    model = helper.make_model(helper.make_graph([node], "pool", [x_info], [y_info]))
    onnx.checker.check_model(model)
    return reference.ReferenceEvaluator(model).run(None, {"x": x})[0].ravel()


ones = np.ones((1, 1, 4), np.float32)
up, padded = pooled(ones, strides=[2], ceil_mode=1), pooled(ones, strides=[2], pads=[0, 1])
print("onnx", onnx.__version__, "NumPy", np.__version__)
print("ones at 0..3, windows 0..2 and 2..4, of which the second holds two of them")
print("ceil_mode=1:  norms", up)
print("pads=[0, 1]:  norms", padded)
assert up.tolist() == [3, 3]
assert padded.tolist() == [3, 2]
PYTHON
