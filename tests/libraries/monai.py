"""A UNet for volumes with dictionary transforms, Dice losses, sliding windows and metrics."""

# /// script
# dependencies = ["monai==1.6.1"]
# ///

import json

import numpy
import torch
from monai import losses, metrics, networks, transforms
from monai.data import DataLoader, Dataset, decollate_batch, set_track_meta
from monai.inferers import sliding_window_inference
from monai.utils import set_determinism

set_determinism(0)
set_track_meta(False)
rows = numpy.random.default_rng(0)
volumes = [{"image": rows.random((1, 16, 16, 16), numpy.float32)} for _ in range(4)]
for entry in volumes:
    entry["label"] = (entry["image"] > 0.6).astype(numpy.float32)
steps = transforms.Compose(
    [
        transforms.ScaleIntensityd("image"),
        transforms.RandFlipd(["image", "label"], prob=0.5, spatial_axis=0),
        transforms.RandRotate90d(["image", "label"], prob=0.5, spatial_axes=(1, 2)),
        transforms.RandGaussianNoised("image", prob=0.5, std=0.05),
        transforms.RandSpatialCropd(["image", "label"], (16, 16, 8), random_size=False),
    ]
)
steps.set_random_state(0)
model = networks.nets.UNet(3, 1, 2, channels=(4, 8), strides=(2,), num_res_units=1)
criterion = losses.DiceCELoss(to_onehot_y=True, softmax=True)
optimizer = torch.optim.Adam(model.parameters(), 1e-2)
found = {"losses": []}
for batch in DataLoader(Dataset(volumes, steps), batch_size=2):
    loss = criterion(model(batch["image"]), batch["label"])
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    found["losses"].append(loss.item())
model.eval()
with torch.no_grad():
    whole = torch.as_tensor(volumes[0]["image"])[None]
    output = sliding_window_inference(whole, (8, 8, 8), 2, model, overlap=0.25, mode="gaussian")
guess, truth = transforms.AsDiscrete(argmax=True, to_onehot=2), transforms.AsDiscrete(to_onehot=2)
guessed = [guess(each) for each in decollate_batch(output)]
true = [truth(torch.as_tensor(volumes[0]["label"]))]
for score in (metrics.DiceMetric(), metrics.HausdorffDistanceMetric(percentile=95), metrics.MeanIoU()):
    score(guessed, true)
    found[type(score).__name__] = score.aggregate().mean().item()
logits, mask = torch.randn(2, 3, 8, 8), torch.randint(3, (2, 1, 8, 8))
for kind in ("DiceLoss", "DiceFocalLoss", "TverskyLoss", "GeneralizedDiceLoss"):
    found[kind] = getattr(losses, kind)(to_onehot_y=True, softmax=True)(logits, mask).item()
for net in (
    networks.nets.DenseNet(2, 1, 3, init_features=8, growth_rate=4, block_config=(2, 2)),
    networks.nets.ViT(
        1, (64, 64), (32, 32), 16, 32, 2, 2, classification=True, num_classes=3, spatial_dims=2
    ),
    networks.nets.SegResNet(2, 8, 1, 2, blocks_down=(1, 1), blocks_up=(1,)),
    networks.nets.AttentionUnet(2, 1, 2, (4, 8), (2,)),
):
    net.eval()
    result = net(torch.rand(1, 1, 64, 64))
    result = result[0] if isinstance(result, tuple) else result
    found[type(net).__name__] = result.flatten()[:5].tolist()
print(json.dumps(found))
