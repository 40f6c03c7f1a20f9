"""Actor-critic with two heads and a continuous action: Normal policy, smooth L1 value loss, entropy bonus."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.distributions import Normal

torch.manual_seed(21)


class ActorCritic(nn.Module):
    def __init__(self, n_state, n_action, width=32):
        super().__init__()
        self.body = nn.Linear(n_state, width)
        self.mu = nn.Linear(width, n_action)
        self.log_std = nn.Parameter(torch.full((n_action,), -0.5))
        self.value = nn.Linear(width, 1)
        nn.init.orthogonal_(self.mu.weight, gain=0.1)
        nn.init.zeros_(self.mu.bias)

    def forward(self, s):
        h = torch.tanh(self.body(s))
        return Normal(self.mu(h), self.log_std.exp().expand(s.size(0), -1)), self.value(h).squeeze(-1)


def rollout(model, n=16, steps=12):
    """Points in the plane that should be pushed to the origin."""
    s = torch.randn(n, 2)
    log_probs, values, rewards, entropies = [], [], [], []
    for _ in range(steps):
        policy, value = model(s)
        a = policy.sample()
        log_probs.append(policy.log_prob(a).sum(-1))
        entropies.append(policy.entropy().sum(-1))
        values.append(value)
        s = s + 0.3 * a.clamp(-1, 1)
        rewards.append(-s.norm(dim=-1))
    return map(torch.stack, (log_probs, values, rewards, entropies)), s


def returns_of(rewards, gamma=0.9):
    out, running = [], torch.zeros_like(rewards[0])
    for r in rewards.flip(0):
        running = r + gamma * running
        out.insert(0, running)
    return torch.stack(out)


model = ActorCritic(2, 2)
optimizer = torch.optim.Adam(
    [
        {"params": [*model.body.parameters(), *model.mu.parameters(), model.log_std]},
        {"params": model.value.parameters(), "lr": 3e-2},
    ],
    lr=1e-2,
)
scores = []
for update in range(40):
    (log_probs, values, rewards, entropies), _ = rollout(model)
    R = returns_of(rewards)
    advantage = R - values.detach()
    advantage = (advantage - advantage.mean()) / (advantage.std() + 1e-8)
    actor = -(log_probs * advantage).mean()
    critic = F.smooth_l1_loss(values, R)
    loss = actor + 0.5 * critic - 1e-3 * entropies.mean()
    optimizer.zero_grad()
    loss.backward()
    total = nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    scores.append(rewards.mean().item())
    if update < 22 or update % 6 == 3:
        print(
            f"{update:3d} actor {actor.item():+.6f} critic {critic.item():.6f} |g| {total.item():.5f} "
            f"reward {scores[-1]:.5f}"
        )
print("std", model.log_std.exp().detach().numpy().round(3).tolist())
assert sum(scores[-5:]) > sum(scores[:5])
