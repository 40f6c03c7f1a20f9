"""Losses and miners of metric learning on one batch of embeddings."""

# /// script
# dependencies = ["pytorch-metric-learning==2.9.0"]
#
# [tool.libraries]
# import = ["pytorch_metric_learning.losses"]
# ///

import json

import torch
from pytorch_metric_learning import losses, miners

torch.manual_seed(0)
embeddings = torch.randn(12, 8, requires_grad=True)
labels = torch.arange(12) % 4
found = {}
for name in (
    "TripletMarginLoss",
    "ContrastiveLoss",
    "NTXentLoss",
    "CircleLoss",
    "MultiSimilarityLoss",
    "SupConLoss",
):
    embeddings.grad = None
    loss = getattr(losses, name)()(embeddings, labels)
    loss.backward()
    found[name] = [loss.item(), embeddings.grad.abs().sum().item()]
arcface = losses.ArcFaceLoss(num_classes=4, embedding_size=8)
found["ArcFaceLoss"] = arcface(embeddings, labels).item()
found["pairs"] = [indices.tolist() for indices in miners.MultiSimilarityMiner()(embeddings, labels)]
print(json.dumps(found))
