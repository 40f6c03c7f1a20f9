"""The update of a deep Q network: replay memory, target network, Huber loss, on a corridor of ten cells."""

import math
import random
from collections import namedtuple, deque
import torch
import torch.nn as nn
import torch.optim as optim
import torch.nn.functional as F

Transition = namedtuple("Transition", ("state", "action", "next_state", "reward"))
random.seed(0)
torch.manual_seed(0)
device = "cpu"


class ReplayMemory(object):
    def __init__(self, capacity):
        self.memory = deque([], maxlen=capacity)

    def push(self, *args):
        self.memory.append(Transition(*args))

    def sample(self, batch_size):
        return random.sample(self.memory, batch_size)

    def __len__(self):
        return len(self.memory)


class DQN(nn.Module):
    def __init__(self, n_observations, n_actions):
        super(DQN, self).__init__()
        self.layer1 = nn.Linear(n_observations, 24)
        self.layer2 = nn.Linear(24, n_actions)

    def forward(self, x):
        return self.layer2(F.relu(self.layer1(x)))


class Corridor:
    def reset(self):
        self.at, self.t = random.randint(0, 8), 0
        return self.at

    def step(self, action):
        self.at = max(0, self.at + (1 if action else -1))
        self.t += 1
        done = self.at == 9
        return self.at, (1.0 if done else -0.05), done, self.t >= 30


def observe(cell):
    return F.one_hot(torch.tensor([cell]), 10).float()


policy_net, target_net = DQN(10, 2).to(device), DQN(10, 2).to(device)
target_net.load_state_dict(policy_net.state_dict())
target_net.eval()
optimizer = optim.AdamW(policy_net.parameters(), lr=5e-3, amsgrad=True)
memory, steps_done, GAMMA, TAU, BATCH = ReplayMemory(500), 0, 0.9, 0.05, 24


def select_action(state):
    global steps_done
    eps = 0.1 + 0.8 * math.exp(-steps_done / 100)
    steps_done += 1
    if random.random() > eps:
        with torch.no_grad():
            return policy_net(state).max(1).indices.view(1, 1)
    return torch.tensor([[random.randrange(2)]], device=device, dtype=torch.long)


def optimize_model():
    if len(memory) < BATCH:
        return None
    batch = Transition(*zip(*memory.sample(BATCH)))
    non_final_mask = torch.tensor(tuple(map(lambda s: s is not None, batch.next_state)), dtype=torch.bool)
    non_final_next = torch.cat([s for s in batch.next_state if s is not None])
    q = policy_net(torch.cat(batch.state)).gather(1, torch.cat(batch.action))
    next_values = torch.zeros(BATCH, device=device)
    with torch.no_grad():
        next_values[non_final_mask] = target_net(non_final_next).max(1).values
    expected = next_values * GAMMA + torch.cat(batch.reward)
    loss = nn.SmoothL1Loss()(q, expected.unsqueeze(1))
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_value_(policy_net.parameters(), 100)
    optimizer.step()
    return loss.item()


losses, env = [], Corridor()
for episode in range(16):
    state = observe(env.reset())
    total = 0.0
    while True:
        action = select_action(state)
        cell, reward, done, cut = env.step(action.item())
        total += reward
        following = None if done else observe(cell)
        memory.push(state, action, following, torch.tensor([reward], device=device))
        state = following
        loss = optimize_model()
        if loss is not None:
            losses.append(loss)
        net, target = policy_net.state_dict(), target_net.state_dict()
        for key in net:
            target[key] = net[key] * TAU + target[key] * (1 - TAU)
        target_net.load_state_dict(target)
        if done or cut:
            break
    print("episode %d return %.2f steps %d" % (episode, total, steps_done))
for i in range(0, 60, 2):
    print(i, "%.7f" % losses[i])
with torch.no_grad():
    greedy = policy_net(torch.eye(10)).argmax(1)
print(greedy, len(memory))
assert greedy[:9].sum().item() == 9
