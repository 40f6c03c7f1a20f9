"""Proximal policy optimization on a cart with a pole, in the style of single-file implementations."""

import random, time
import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim
from torch.distributions.categorical import Categorical


class Env:
    def __init__(self, seed):
        self.rng = np.random.RandomState(seed)

    def reset(self):
        self.s = self.rng.uniform(-0.05, 0.05, size=4)
        self.n = 0
        return self.s.astype(np.float32)

    def step(self, a):
        x, v, th, w = self.s
        f = 10.0 if a == 1 else -10.0
        c, s = np.cos(th), np.sin(th)
        tmp = (f + 0.05 * w * w * s) / 1.1
        acc_th = (9.8 * s - c * tmp) / (0.5 * (4 / 3 - 0.1 * c * c / 1.1))
        acc = tmp - 0.05 * acc_th * c / 1.1
        self.s = self.s + 0.02 * np.array([v, acc, w, acc_th])
        self.n += 1
        done = bool(abs(self.s[0]) > 2.4 or abs(self.s[2]) > 0.21 or self.n >= 60)
        return self.s.astype(np.float32), 1.0, done


def layer_init(layer, std=np.sqrt(2), bias_const=0.0):
    torch.nn.init.orthogonal_(layer.weight, std)
    torch.nn.init.constant_(layer.bias, bias_const)
    return layer


class Agent(nn.Module):
    def __init__(self):
        super().__init__()
        self.critic = nn.Sequential(
            layer_init(nn.Linear(4, 32)),
            nn.Tanh(),
            layer_init(nn.Linear(32, 32)),
            nn.Tanh(),
            layer_init(nn.Linear(32, 1), std=1.0),
        )
        self.actor = nn.Sequential(
            layer_init(nn.Linear(4, 32)),
            nn.Tanh(),
            layer_init(nn.Linear(32, 32)),
            nn.Tanh(),
            layer_init(nn.Linear(32, 2), std=0.01),
        )

    def get_value(self, x):
        return self.critic(x)

    def get_action_and_value(self, x, action=None):
        probs = Categorical(logits=self.actor(x))
        if action is None:
            action = probs.sample()
        return action, probs.log_prob(action), probs.entropy(), self.critic(x)


random.seed(1)
np.random.seed(1)
torch.manual_seed(1)
torch.backends.cudnn.deterministic = True
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
T, E = 24, 2
envs = [Env(i) for i in range(E)]
agent = Agent().to(device)
optimizer = optim.Adam(agent.parameters(), lr=2.5e-3, eps=1e-5)
obs = torch.zeros((T, E) + (4,)).to(device)
actions = torch.zeros((T, E)).to(device)
logprobs = torch.zeros((T, E)).to(device)
rewards = torch.zeros((T, E)).to(device)
dones = torch.zeros((T, E)).to(device)
values = torch.zeros((T, E)).to(device)
next_obs = torch.Tensor(np.stack([e.reset() for e in envs])).to(device)
next_done = torch.zeros(E).to(device)
for update in range(1, 6):
    optimizer.param_groups[0]["lr"] = (1.0 - (update - 1.0) / 10) * 2.5e-3
    for step in range(T):
        obs[step] = next_obs
        dones[step] = next_done
        with torch.no_grad():
            action, logprob, _, value = agent.get_action_and_value(next_obs)
            values[step] = value.flatten()
        actions[step] = action
        logprobs[step] = logprob
        o, r, d = zip(*[e.step(a) for e, a in zip(envs, action.cpu().numpy())])
        o = [e.reset() if f else x for e, x, f in zip(envs, o, d)]
        rewards[step] = torch.tensor(r).to(device).view(-1)
        next_obs, next_done = torch.Tensor(np.array(o)).to(device), torch.Tensor(d).to(device)
    with torch.no_grad():
        next_value = agent.get_value(next_obs).reshape(1, -1)
        advantages = torch.zeros_like(rewards).to(device)
        lastgaelam = 0
        for t in reversed(range(T)):
            nextnonterminal = 1.0 - (next_done if t == T - 1 else dones[t + 1])
            nextvalues = next_value if t == T - 1 else values[t + 1]
            delta = rewards[t] + 0.99 * nextvalues * nextnonterminal - values[t]
            advantages[t] = lastgaelam = delta + 0.99 * 0.95 * nextnonterminal * lastgaelam
        returns = advantages + values
    b_obs = obs.reshape((-1, 4))
    b_logprobs = logprobs.reshape(-1)
    b_actions = actions.reshape((-1,))
    b_adv = advantages.reshape(-1)
    b_ret = returns.reshape(-1)
    b_val = values.reshape(-1)
    b_inds = np.arange(T * E)
    clipfracs = []
    for epoch in range(2):
        np.random.shuffle(b_inds)
        for start in range(0, T * E, 16):
            mb = b_inds[start : start + 16]
            _, newlogprob, entropy, newvalue = agent.get_action_and_value(b_obs[mb], b_actions.long()[mb])
            logratio = newlogprob - b_logprobs[mb]
            ratio = logratio.exp()
            with torch.no_grad():
                old_approx_kl = (-logratio).mean()
                approx_kl = ((ratio - 1) - logratio).mean()
                clipfracs += [((ratio - 1.0).abs() > 0.2).float().mean().item()]
            adv = b_adv[mb]
            adv = (adv - adv.mean()) / (adv.std() + 1e-8)
            pg_loss = torch.max(-adv * ratio, -adv * torch.clamp(ratio, 1 - 0.2, 1 + 0.2)).mean()
            newvalue = newvalue.view(-1)
            v_clipped = b_val[mb] + torch.clamp(newvalue - b_val[mb], -0.2, 0.2)
            v_loss = 0.5 * torch.max((newvalue - b_ret[mb]) ** 2, (v_clipped - b_ret[mb]) ** 2).mean()
            loss = pg_loss - 0.01 * entropy.mean() + v_loss * 0.5
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), 0.5)
            optimizer.step()
        print(
            update,
            epoch,
            "%.4f %.4f %.4f %.4f"
            % (v_loss.item(), pg_loss.item(), entropy.mean().item(), np.mean(clipfracs)),
        )
    y_pred, y_true = b_val.cpu().numpy(), b_ret.cpu().numpy()
    var_y = np.var(y_true)
    ev = np.nan if var_y == 0 else 1 - np.var(y_true - y_pred) / var_y
    print("explained", round(float(ev), 4), "sum", rewards.sum().item())
print(Categorical(logits=torch.zeros(3)), Categorical(torch.tensor([0.2, 0.8])).probs)
assert 0 < entropy.mean().item() < 0.6932
