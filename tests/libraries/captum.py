"""What of the input a small network's answer comes from, told in seven ways."""

# /// script
# dependencies = ["captum==0.9.0"]
#
# [tool.libraries]
# import = ["captum.attr"]
# ///

import json

import torch
from captum.attr import (
    DeepLift,
    FeatureAblation,
    InputXGradient,
    IntegratedGradients,
    LayerGradCam,
    Occlusion,
    Saliency,
)

torch.manual_seed(0)
convolution = torch.nn.Conv2d(2, 4, 3)
model = torch.nn.Sequential(convolution, torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(64, 3)).eval()
images = torch.randn(2, 2, 6, 6, requires_grad=True)
results = {"grad cam": LayerGradCam(model, convolution).attribute(images, target=1).tolist()}
for method in (Saliency, InputXGradient, IntegratedGradients, DeepLift, FeatureAblation):
    results[method.__name__] = method(model).attribute(images, target=2).tolist()
results["occlusion"] = Occlusion(model).attribute(images, target=0, sliding_window_shapes=(1, 2, 2)).tolist()
print(json.dumps(results))
