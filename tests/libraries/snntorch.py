"""Leaky neurons that fire, trained through a surrogate of their step."""

# /// script
# dependencies = ["snntorch==1.0.0"]
# ///

import json

import snntorch
import torch
from snntorch import functional, spikegen, surrogate

torch.manual_seed(0)
spikes = spikegen.rate(torch.rand(6, 8), num_steps=10)
first, second = torch.nn.Linear(8, 12), torch.nn.Linear(12, 3)
hidden = snntorch.Leaky(beta=0.9, spike_grad=surrogate.atan())
output = snntorch.Leaky(beta=0.8, learn_beta=True, spike_grad=surrogate.fast_sigmoid())
labels = torch.randint(0, 3, (6,))
optimizer = torch.optim.Adam([*first.parameters(), *second.parameters(), *output.parameters()], lr=0.02)
losses = []
for _ in range(5):
    hidden_state, state, fired = hidden.reset_mem(), output.reset_mem(), []
    for now in spikes:
        out, hidden_state = hidden(first(now), hidden_state)
        out, state = output(second(out), state)
        fired.append(out)
    loss = functional.ce_rate_loss()(torch.stack(fired), labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
results = {"losses": losses, "fired": torch.stack(fired).sum(0).tolist(), "membrane": state.tolist()}
print(json.dumps(results))
