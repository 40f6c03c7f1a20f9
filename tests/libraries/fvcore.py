"""Floating point operations and activations of a network; box losses and exact statistics of batches."""

# /// script
# dependencies = ["fvcore==0.1.5.post20221221"]
#
# [tool.libraries]
# import = ["fvcore", "fvcore.nn"]
# ///

import json
import logging

import torch
from fvcore import nn
from fvcore.common.config import CfgNode
from fvcore.common.param_scheduler import CompositeParamScheduler, CosineParamScheduler, LinearParamScheduler

logging.disable(logging.CRITICAL)
torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Conv2d(3, 6, 3, padding=1),
    torch.nn.BatchNorm2d(6),
    torch.nn.ReLU(),
    torch.nn.MaxPool2d(2),
    torch.nn.Flatten(),
    torch.nn.Linear(6 * 16, 4),
)
x = torch.rand(2, 3, 8, 8)
counts = nn.FlopCountAnalysis(model, x)
activations = nn.ActivationCountAnalysis(model, x)
boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0], [1.0, 1.0, 3.0, 4.0]])
ramp = CompositeParamScheduler(
    [LinearParamScheduler(0.1, 1.0), CosineParamScheduler(1.0, 0.0)], [0.25, 0.75], ["rescaled", "rescaled"]
)
nn.update_bn_stats(model, [torch.rand(4, 3, 8, 8) for _ in range(3)], 3)
found = {
    "flops": [counts.total(), dict(counts.by_operator()), dict(counts.by_module())],
    "activations": activations.total(),
    "table": nn.flop_count_table(counts),
    "parameters": dict(nn.parameter_count(model)),
    "norm": [model[1].running_mean.tolist(), model[1].running_var.tolist()],
    "focal": nn.sigmoid_focal_loss_jit(torch.randn(5), torch.ones(5), 0.25, 2.0, "mean").item(),
    "giou": nn.giou_loss(boxes, boxes + 0.5, "sum").item(),
    "smooth": nn.smooth_l1_loss(boxes, boxes.flip(0), 0.5, "mean").item(),
    "ramp": [ramp(step / 8) for step in range(8)],
    "config": CfgNode({"a": {"b": 1}}).clone().a.b,
}
print(json.dumps(found))
