"""Filters, colours, geometry and augmentations, and a homography found by gradient descent."""

# /// script
# dependencies = ["kornia==0.9.0"]
# ///

import json

import kornia
import torch
from kornia import augmentation, color, enhance, feature, filters, geometry, losses, morphology

torch.manual_seed(0)
x = torch.rand(2, 3, 24, 24)
found = {
    name: value.flatten()[::97].tolist()
    for name, value in {
        "gaussian": filters.gaussian_blur2d(x, (5, 5), (1.2, 0.8)),
        "median": filters.median_blur(x, 3),
        "bilateral": filters.bilateral_blur(x, 3, 0.1, (1.0, 1.0)),
        "sobel": filters.sobel(x),
        "laplacian": filters.laplacian(x, 3),
        "edges": filters.canny(x)[0],
        "unsharp": filters.unsharp_mask(x, (3, 3), (1.5, 1.5)),
        "lab": color.rgb_to_lab(x),
        "back": color.lab_to_rgb(color.rgb_to_lab(x)),
        "yuv": color.rgb_to_yuv(x),
        "hls": color.rgb_to_hls(x),
        "grey": color.rgb_to_grayscale(x),
        "clahe": enhance.equalize_clahe(x, grid_size=(4, 4)),
        "gamma": enhance.adjust_gamma(x, 0.7),
        "sharper": enhance.sharpness(x, 0.5),
        "rotated": geometry.rotate(x, torch.tensor([20.0, -50.0])),
        "polar": geometry.elastic_transform2d(x, torch.rand(2, 2, 24, 24) - 0.5, (5, 5), (2.0, 2.0)),
        "pyramid": geometry.pyrdown(x),
        "eroded": morphology.erosion(x, torch.ones(3, 3)),
        "gradient": morphology.gradient(x, torch.ones(3, 3)),
        "corners": feature.gftt_response(x),
        "harris": feature.harris_response(x[:, :1]),
    }.items()
}
train = augmentation.AugmentationSequential(
    augmentation.RandomAffine(15.0, translate=(0.1, 0.1), p=1.0),
    augmentation.ColorJiggle(0.1, 0.1, 0.1, 0.1, p=1.0),
    augmentation.RandomHorizontalFlip(p=0.5),
    augmentation.RandomErasing(p=1.0),
    augmentation.RandomGaussianNoise(0.0, 0.05, p=1.0),
    data_keys=["input", "mask"],
)
augmented, masks = train(x, (x[:, :1] > 0.5).float())
found["augmented"] = [augmented.mean((1, 2, 3)).tolist(), masks.mean((1, 2, 3)).tolist()]
truth = torch.tensor([[[1.05, 0.05, 0.02], [-0.03, 0.95, -0.04], [0.0, 0.02, 1.0]]]).repeat(2, 1, 1)
target = geometry.homography_warp(x, truth, (24, 24))
guess = torch.eye(3).repeat(2, 1, 1).requires_grad_()
optimizer = torch.optim.Adam([guess], lr=5e-3)
errors = []
for _ in range(5):
    error = torch.nn.functional.l1_loss(geometry.homography_warp(x, guess, (24, 24)), target)
    optimizer.zero_grad()
    error.backward()
    optimizer.step()
    errors.append(error.item())
found["homography"] = errors
found["measures"] = [
    losses.ssim_loss(x, target, 5).item(),
    kornia.metrics.psnr(x, target, 1.0).item(),
    losses.dice_loss(torch.randn(2, 4, 8, 8), torch.randint(4, (2, 8, 8))).item(),
    losses.focal_loss(torch.randn(2, 4), torch.tensor([0, 3]), alpha=0.5, reduction="mean").item(),
]
axes = torch.randn(3, 3)
found["turn"] = geometry.axis_angle_to_rotation_matrix(axes).flatten().tolist()
found["quaternion"] = (
    geometry.Quaternion.from_axis_angle(axes).slerp(geometry.Quaternion.identity(3), 0.3).matrix().tolist()
)
print(json.dumps(found))
