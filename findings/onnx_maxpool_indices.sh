#!/usr/bin/env bash
# onnx 1.23.2: the reference evaluator's MaxPool returns indices that point outside of its input, at a stride of 1.
#
# Guessed: MaxPool's second output holds the place of each maximum in the flattened input; ONNX says that the
# values are in [0, N x C x D1 x ... x Dn) and do not consider padding, so x.ravel()[indices] is the first output.
# Seen: at a stride of 2 so it is. At the default stride of 1 they are places in something else: the only
# maximum of a 2 x 2 image, at place 3, is said to be at 6, and with padding there are negative ones.
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
    node = helper.make_node("MaxPool", ["x"], ["y", "indices"], kernel_shape=[2, 2], **attributes)
    x_info = helper.make_tensor_value_info("x", TensorProto.FLOAT, x.shape)
    y_info = helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 1, None, None])
    i_info = helper.make_tensor_value_info("indices", TensorProto.INT64, [1, 1, None, None])
    model = helper.make_model(helper.make_graph([node], "pool", [x_info], [y_info, i_info]))
    onnx.checker.check_model(model)
    y, indices = reference.ReferenceEvaluator(model).run(None, {"x": x})
    return y.ravel().astype(int), indices.ravel()


small = np.arange(4, dtype=np.float32).reshape(1, 1, 2, 2)
large = np.arange(16, dtype=np.float32).reshape(1, 1, 4, 4)
print("onnx", onnx.__version__, "NumPy", np.__version__, "; every value of the images is its own place")
results = {}
for name, x, attributes in (
    ("4 x 4, stride 2", large, {"strides": [2, 2]}),
    ("2 x 2, stride 1", small, {}),
    ("4 x 4, stride 1", large, {}),
    ("2 x 2, stride 1, padding 1", small, {"pads": [1, 1, 1, 1]}),
):
    maxima, indices = results[name] = pooled(x, **attributes)
    print(f"{name:27} maxima {maxima}  indices {indices}")
assert np.array_equal(*results["4 x 4, stride 2"])
assert results["2 x 2, stride 1"][1].tolist() == [6]
assert not np.array_equal(*results["4 x 4, stride 1"])
assert results["2 x 2, stride 1, padding 1"][1].min() < 0
PYTHON
