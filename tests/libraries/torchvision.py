"""Transforms of tensors and of PIL images, and networks without weights."""

# /// script
# dependencies = ["torchvision==0.28.0", "pillow"]
#
# [tool.libraries]
# import = ["torchvision", "torchvision.transforms.v2"]
# ///

import json

import torch
from PIL import Image
from torchvision import models, tv_tensors
from torchvision.transforms import v2

torch.manual_seed(0)
pixels = torch.randint(0, 256, (3, 40, 60), dtype=torch.uint8)
picture = Image.fromarray(pixels.permute(1, 2, 0).contiguous().numpy())
boxes = tv_tensors.BoundingBoxes([[5, 5, 30, 20]], format="XYXY", canvas_size=(40, 60))
usual = v2.Compose(
    [
        v2.PILToTensor(),
        v2.RandomResizedCrop(32, antialias=True),
        v2.RandomHorizontalFlip(1.0),
        v2.ColorJitter(0.3, 0.3, 0.3, 0.1),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ]
)
floats = v2.functional.to_dtype(pixels, torch.float32, scale=True)
image, moved = v2.functional.horizontal_flip(tv_tensors.Image(floats)), v2.functional.horizontal_flip(boxes)
results = {
    "usual": usual(picture).tolist(),
    "flipped": [image.sum().item(), image[0, 0, 0].item()],
    "boxes": moved.tolist(),
    "rotated": v2.functional.rotate(floats, 30, v2.InterpolationMode.BILINEAR).tolist(),
    "affine": v2.functional.affine(floats, 10, [2, 3], 1.2, [5.0, 0.0]).tolist(),
    "perspective": v2.RandomPerspective(p=1.0)(floats).tolist(),
    "blurred": v2.GaussianBlur(5, (1.0, 1.0))(floats).tolist(),
    "resized": v2.Resize((20, 24), antialias=True)(floats).tolist(),
    "resized picture": v2.functional.pil_to_tensor(v2.Resize(20)(picture)).tolist(),
    "five": [crop.mean().item() for crop in v2.FiveCrop(16)(floats)],
    "equalized": v2.functional.equalize(pixels).tolist(),
    "posterized": v2.functional.posterize(pixels, 3).tolist(),
    "erased": v2.RandomErasing(p=1.0)(floats).sum().item(),
    "mixed": v2.MixUp(num_classes=3)(torch.stack([floats, floats.flip(-1)]), torch.tensor([0, 2]))[
        1
    ].tolist(),
}
batch = torch.rand(2, 3, 64, 64)
for name, size in (("resnet18", 64), ("mobilenet_v2", 64), ("mobilenet_v3_small", 64), ("vit_b_32", 64)):
    options = {"image_size": size} if name.startswith("vit") else {}
    model = models.get_model(name, weights=None, num_classes=10, **options)
    if name.startswith("vit"):
        torch.nn.init.normal_(model.heads.head.weight, std=0.1)
    model.eval()
    output = model(batch)
    output.square().sum().backward()
    first = next(model.parameters())
    results[name] = output.tolist()
    results[f"{name} gradient"] = first.grad.norm().item()
print(json.dumps(results))
