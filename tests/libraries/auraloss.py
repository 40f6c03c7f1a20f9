"""Losses of sounds in time and in frequency, and their gradients."""

# /// script
# dependencies = ["auraloss==0.4.0"]
# ///

import json

import auraloss
import torch

torch.manual_seed(0)
clean = torch.randn(2, 1, 2048)
sizes = {"fft_sizes": [256, 128], "hop_sizes": [64, 32], "win_lengths": [256, 128]}
losses = [auraloss.time.SNRLoss(), auraloss.time.SISDRLoss(), auraloss.time.ESRLoss()]
losses += [auraloss.freq.STFTLoss(fft_size=256, hop_size=64, win_length=256)]
losses += [auraloss.freq.MultiResolutionSTFTLoss(**sizes)]
results = {}
for loss in losses:
    noisy = (clean + 0.2 * torch.randn(2, 1, 2048)).requires_grad_()
    value = loss(noisy, clean)
    value.backward()
    results[type(loss).__name__] = [value.item(), noisy.grad[:, 0, :20].tolist()]
print(json.dumps(results))
