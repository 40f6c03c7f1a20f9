"""Sounds resampled, filtered and split into bands."""

# /// script
# dependencies = ["julius==0.2.8"]
# ///

import json

import julius
import torch

torch.manual_seed(0)
sound = torch.randn(1, 512, requires_grad=True)
bands = julius.SplitBands(8000, n_bands=3)(sound)
bands[1].square().sum().backward()
results = {
    "resampled": julius.resample_frac(sound, 4, 3).tolist(),
    "low": julius.lowpass_filter(sound, 0.1).tolist(),
    "high": julius.highpass_filter(sound, 0.2).tolist(),
    "convolved": julius.fft_conv1d(sound[None], torch.randn(1, 1, 65)).tolist(),
    "bands": bands.tolist(),
    "gradient": sound.grad.tolist(),
}
print(json.dumps(results))
