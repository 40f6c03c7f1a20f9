"""Learned and fixed filterbanks that take a sound apart and put it together."""

# /// script
# dependencies = ["asteroid-filterbanks==0.4.0"]
# ///

import json

import torch
from asteroid_filterbanks import STFTFB, Decoder, Encoder, FreeFB, ParamSincFB

torch.manual_seed(0)
sound = torch.randn(1, 1, 400)
results = {}
for kind in (FreeFB, STFTFB, ParamSincFB):
    bank = kind(n_filters=16, kernel_size=16, stride=8)
    coded = Encoder(bank)(sound)
    again = Decoder(bank)(coded)
    results[kind.__name__] = [coded.tolist(), again.tolist()]
print(json.dumps(results))
