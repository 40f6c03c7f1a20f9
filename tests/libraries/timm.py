"""Networks by name, their features, parts and schedules; a few steps of training."""

# /// script
# dependencies = ["timm==1.0.31", "torchvision"]
#
# [tool.libraries]
# close = 1e-3
# ///

import json

import numpy
import timm
import torch
from timm.data import Mixup
from timm.loss import AsymmetricLossMultiLabel, LabelSmoothingCrossEntropy, SoftTargetCrossEntropy
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2
from timm.utils import ModelEmaV3, accuracy

pictures = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
SMALL = {
    "resnet18": {},
    "convnext_atto": {},
    "mobilenetv3_small_050": {},
    "regnetx_002": {},
    "ghostnetv2_100": {},
    "vit_tiny_patch16_224": {"img_size": 64},
    "mixer_s32_224": {"img_size": 64},
    "efficientnet_lite0": {},
    "deit_tiny_patch16_224": {"img_size": 64},
    "edgenext_xx_small": {},
}
found = {}
for name, options in SMALL.items():
    torch.manual_seed(0)
    model = timm.create_model(name, num_classes=4, **options).eval()
    loss = model(pictures).square().sum()
    loss.backward()
    found[name] = [loss.item(), model.forward_features(pictures).abs().mean().item()]
torch.manual_seed(0)
body = timm.create_model("resnet10t", features_only=True, out_indices=(1, 3))
found["features"] = [[*level.shape, level.abs().mean().item()] for level in body.eval()(pictures)]
model = timm.create_model("resnet10t", num_classes=4, drop_path_rate=0.1)
optimizer = create_optimizer_v2(model, opt="lamb", lr=1e-3, weight_decay=0.05, layer_decay=0.8)
schedule, epochs = create_scheduler_v2(optimizer, "cosine", num_epochs=4, warmup_epochs=1)
average = ModelEmaV3(model, decay=0.9)
numpy.random.seed(0)
mixed, targets = Mixup(1.0, num_classes=4, label_smoothing=0.1)(pictures.clone(), torch.tensor([1, 3]))
losses = []
for epoch in range(2):
    loss = SoftTargetCrossEntropy()(model(mixed), targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    schedule.step(epoch + 1)
    average.update(model)
    losses.append([loss.item(), optimizer.param_groups[0]["lr"]])
found["training"] = [losses, epochs]
logits, labels = torch.randn(6, 4), torch.tensor([0, 1, 2, 3, 0, 1])
found["losses"] = [
    LabelSmoothingCrossEntropy()(logits, labels).item(),
    AsymmetricLossMultiLabel()(logits, torch.eye(4)[labels]).item(),
    *(share.item() for share in accuracy(logits, labels, (1, 2))),
]
print(json.dumps(found))
