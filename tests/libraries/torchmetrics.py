"""Metrics of classes and of numbers, over batches and in a collection."""

# /// script
# dependencies = ["torchmetrics==1.9.0"]
#
# [tool.libraries]
# import = ["torchmetrics"]
# ///

import json

import torch
import torchmetrics

torch.manual_seed(0)
scores, classes = torch.rand(60, 4).softmax(-1), torch.randint(4, (60,))
found = {}
for name in (
    "Accuracy",
    "F1Score",
    "AUROC",
    "CohenKappa",
    "ConfusionMatrix",
    "CalibrationError",
    "MatthewsCorrCoef",
):
    metric = getattr(torchmetrics, name)(task="multiclass", num_classes=4)
    for part in range(0, 60, 20):
        metric.update(scores[part : part + 20], classes[part : part + 20])
    found[name] = metric.compute().tolist()
numbers = torchmetrics.MetricCollection(
    [torchmetrics.R2Score(), torchmetrics.SpearmanCorrCoef(), torchmetrics.MeanAbsolutePercentageError()]
)
found["numbers"] = {k: v.item() for k, v in numbers(scores[:, 0], scores[:, 1]).items()}
print(json.dumps(found))
