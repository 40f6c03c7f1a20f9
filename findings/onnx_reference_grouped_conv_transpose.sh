#!/usr/bin/env bash
# onnx 1.23.2: the reference evaluator cannot compute a ConvTranspose with groups of several channels.
#
# Guessed: onnx.reference.ReferenceEvaluator is what an exported model is judged by, so it computes ConvTranspose
# with group=2 for any number of channels a group, as onnxruntime does.
# Seen: with one channel a group it agrees with onnxruntime; with two it raises a ValueError of NumPy's about shapes,
# since it puts the result of each group, which has M/group channels, into one channel of the output
# (final[image_id, group_id : group_id + 1]). A bias is handed to every group whole, and each group adds the first
# ones: with group=2 and a bias of (1, 2), the second group's channel gets 1.
# Versions: onnx 1.23.2, onnxruntime 1.32.0, numpy 2.4, Python 3.11. Exits with 1 if that has changed.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/env"
"$folder/env/bin/pip" install -q --disable-pip-version-check "onnx==1.23.2" "onnxruntime==1.32.0" 2>/dev/null
"$folder/env/bin/python" - <<'PROGRAM'
import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

print("onnx", onnx.__version__, "onnxruntime", onnxruntime.__version__)
random = np.random.default_rng(0)


def results(channels, bias):
    """Of both, for two groups with so many channels each."""
    x = random.standard_normal((1, 2, 4)).astype(np.float32)
    w = random.standard_normal((2, channels, 3)).astype(np.float32)
    names = ["x", "w"] + (["b"] if bias else [])
    node = helper.make_node("ConvTranspose", names, ["y"], group=2)
    sizes = [[1, 2, 4], [2, channels, 3], *([[2 * channels]] if bias else []), [1, 2 * channels, 6]]
    pairs = zip([*names, "y"], sizes, strict=True)
    info = [helper.make_tensor_value_info(name, TensorProto.FLOAT, size) for name, size in pairs]
    graph = helper.make_graph([node], "g", info[:-1], info[-1:])
    model = helper.make_model(graph, opset_imports=[helper.make_operatorsetid("", 20)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    feeds = {"x": x, "w": w} | ({"b": np.arange(1, 2 * channels + 1, dtype=np.float32)} if bias else {})
    right = onnxruntime.InferenceSession(model.SerializeToString()).run(None, feeds)[0]
    try:
        return right, ReferenceEvaluator(model).run(None, feeds)[0]
    except ValueError as error:
        return right, str(error)


right, found = results(1, False)
alone = isinstance(found, np.ndarray) and np.allclose(right, found, atol=1e-5)
print("one channel a group, no bias: equal is", alone)
right, found = results(1, True)
off = (right - found)[0].mean(1).round(3)
print("one channel a group, bias (1, 2): onnxruntime minus reference, by channel:", off)
right, raised = results(2, False)
print("two channels a group, the reference says:", raised)
raise SystemExit(0 if alone and off.tolist() == [0, 1] and isinstance(raised, str) else 1)
PROGRAM
