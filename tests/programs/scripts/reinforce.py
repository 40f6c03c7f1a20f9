"""REINFORCE on a pole that wants to fall, with Categorical and discounted, normalised returns."""

import argparse
from itertools import count
from collections import deque
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.distributions import Categorical

parser = argparse.ArgumentParser(description="PyTorch REINFORCE example")
parser.add_argument("--gamma", type=float, default=0.99)
parser.add_argument("--seed", type=int, default=543)
parser.add_argument("--log-interval", type=int, default=1)
args = parser.parse_args()
torch.manual_seed(args.seed)
rng = np.random.RandomState(args.seed)


class Pole:
    def reset(self):
        self.state = rng.uniform(-0.05, 0.05, 4)
        return self.state.astype(np.float64)

    def step(self, action):
        x, v, angle, spin = self.state
        push = 10.0 if action == 1 else -10.0
        sin, cos = np.sin(angle), np.cos(angle)
        temp = (push + 0.05 * spin**2 * sin) / 1.1
        accel = (9.8 * sin - cos * temp) / (0.5 * (4.0 / 3 - 0.1 * cos**2 / 1.1))
        self.state = np.array(
            [
                x + 0.02 * v,
                v + 0.02 * (temp - 0.05 * accel * cos / 1.1),
                angle + 0.02 * spin,
                spin + 0.02 * accel,
            ]
        )
        return self.state, 1.0, bool(abs(self.state[0]) > 2.4 or abs(self.state[2]) > 0.21)


class Policy(nn.Module):
    def __init__(self):
        super(Policy, self).__init__()
        self.affine1 = nn.Linear(4, 32)
        self.dropout = nn.Dropout(p=0.2)
        self.affine2 = nn.Linear(32, 2)
        self.saved_log_probs = []
        self.rewards = []

    def forward(self, x):
        x = F.relu(self.dropout(self.affine1(x)))
        return F.softmax(self.affine2(x), dim=1)


policy = Policy()
optimizer = optim.Adam(policy.parameters(), lr=2e-2)
eps = np.finfo(np.float32).eps.item()


def select_action(state):
    state = torch.from_numpy(state).float().unsqueeze(0)
    m = Categorical(policy(state))
    action = m.sample()
    policy.saved_log_probs.append(m.log_prob(action))
    return action.item(), m.entropy().item()


def finish_episode():
    R, returns, policy_loss = 0, deque(), []
    for r in policy.rewards[::-1]:
        R = r + args.gamma * R
        returns.appendleft(R)
    returns = torch.tensor(returns)
    returns = (returns - returns.mean()) / (returns.std() + eps)
    for log_prob, R in zip(policy.saved_log_probs, returns):
        policy_loss.append(-log_prob * R)
    optimizer.zero_grad()
    policy_loss = torch.cat(policy_loss).sum()
    policy_loss.backward()
    optimizer.step()
    del policy.rewards[:]
    del policy.saved_log_probs[:]
    return policy_loss.item()


env, lengths = Pole(), []
for i_episode in range(60):
    state, ep_reward = env.reset(), 0
    for t in range(1, 120):
        action, entropy = select_action(state)
        state, reward, done = env.step(action)
        policy.rewards.append(reward)
        ep_reward += reward
        if done:
            break
    lengths.append(ep_reward)
    loss = finish_episode()
    if i_episode % args.log_interval == 0:
        print(
            "Episode {}\tlength: {:.0f}\tloss: {:.5f}\tentropy: {:.5f}".format(
                i_episode, ep_reward, loss, entropy
            )
        )
print(policy)
assert np.mean(lengths[-10:]) > np.mean(lengths[:10])
