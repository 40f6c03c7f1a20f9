"""Policy gradient: an agent that is only a network learns to walk and to balance.

The network gives a probability to each action; an episode is played; and the logarithm of each that was
taken is pushed up by the reward that followed, less a baseline: the mean of what followed at that time in
all episodes of the batch (REINFORCE, Williams 1992). The same loop learns a gridworld and a cart with a
pole on it (the equations of Barto, Sutton and Anderson, 1983), knowing nothing of either.
"""

from __future__ import annotations

import numpy as np
from common import BLUE, GREY, ORANGE, check, heading, options, pyplot, save

import microtensor as torch
from microtensor import nn, optim
from microtensor.distributions import Categorical

WORLD = "....#....", "..#.#.##.", "..#...#..", ".##.#.#.#", "....#...."


class Grid:
    """A walk from corner to corner; walls (#) stop it; each step costs 1."""

    limit, states, actions, lr, discount = 60, 45, 4, 0.03, 1.0
    moves = np.array([(-1, 0), (0, 1), (1, 0), (0, -1)])
    walls = np.array([[mark == "#" for mark in row] for row in WORLD])

    def reset(self, count, random):
        self.place = np.zeros((count, 2), int)
        return np.eye(45, dtype=np.float32)[self.place @ (9, 1)]

    def step(self, action):
        target = np.clip(self.place + self.moves[action], 0, (4, 8))
        self.place = np.where(self.walls[tuple(target.T)][:, None], self.place, target)
        state = np.eye(45, dtype=np.float32)[self.place @ (9, 1)]
        return state, -np.ones(len(action)), (self.place == (4, 8)).all(1)


class CartPole:
    """1 kg that is pushed left or right, with 0.1 kg and 1 m of pole on it; each step earns 1."""

    limit, states, actions, lr, discount = 500, 4, 2, 0.01, 0.99

    def reset(self, count, random):
        self.state = random.uniform(-0.05, 0.05, (count, 4))
        return self.state.astype(np.float32)

    def step(self, action):
        _, v, angle, spin = self.state.T
        force, sin, cos = np.where(action, 10.0, -10.0), np.sin(angle), np.cos(angle)
        push = (force + 0.05 * spin**2 * sin) / 1.1
        twist = (9.8 * sin - cos * push) / (0.5 * (4 / 3 - 0.1 * cos**2 / 1.1))
        change = np.stack([v, push - 0.05 * twist * cos / 1.1, spin, twist], 1)
        self.state = self.state + 0.02 * change
        down = (np.abs(self.state[:, [0, 2]]) > (2.4, np.pi / 15)).any(1)
        return self.state.astype(np.float32), np.ones(len(action)), down


def play(world, policy, count, random):
    """Play `count` episodes side by side; return states, actions, rewards and who still played."""
    state, alive, steps = world.reset(count, random), np.ones(count, bool), []
    while alive.any() and len(steps) < world.limit:
        with torch.no_grad():
            action = Categorical(logits=policy(torch.from_numpy(state))).sample().numpy()
        following, reward, done = world.step(action)
        steps.append((state, action, reward * alive, alive))
        state, alive = following, alive & ~done
    return [np.array(part) for part in zip(*steps, strict=True)]


def learn(world, seed, batches, count=16):
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    policy = nn.Sequential(nn.Linear(world.states, 32), nn.Tanh(), nn.Linear(32, world.actions))
    optimizer = optim.Adam(policy.parameters(), lr=world.lr)
    scores = []
    for _ in range(batches):
        states, actions, rewards, alive = play(world, policy, count, random)
        followed = rewards.copy()
        for t in reversed(range(len(followed) - 1)):
            followed[t] += world.discount * followed[t + 1]
        baseline = (followed * alive).sum(1, keepdims=True) / alive.sum(1, keepdims=True)
        advantage = torch.from_numpy(((followed - baseline) / followed.std())[alive].astype(np.float32))
        optimizer.zero_grad()
        chosen = Categorical(logits=policy(torch.from_numpy(states[alive])))
        loss = -(chosen.log_prob(torch.from_numpy(actions[alive])) * advantage).mean()
        loss.backward()
        optimizer.step()
        scores.append(rewards.sum(0).mean())
    return policy, scores


def draw(plt, world, walker, curves):
    figure, (*panels, maze) = plt.subplots(1, 3, figsize=(11, 3.3), width_ratios=(1, 1, 1.3))
    for axes, (name, scores, bound, text) in zip(panels, curves, strict=True):
        axes.plot(scores, color=BLUE)
        axes.axhline(bound, color=GREY, linestyle=":", label=text)
        axes.set(title=name, xlabel="batch of 16 episodes", ylabel="mean reward of an episode")
        axes.legend(loc="lower right")
    with torch.no_grad():
        chance = torch.softmax(walker(torch.eye(45)), 1).numpy()
    down, right = np.where(world.walls, np.nan, (chance @ world.moves).T.reshape(2, 5, 9))
    maze.imshow(world.walls, cmap="Greys", vmax=1.6)
    maze.quiver(right, -down, color=ORANGE, pivot="mid")
    maze.set(title="Where it tends to go", xlabel="from upper left to lower right", xticks=[], yticks=[])
    maze.grid(False)
    save(figure, "policy_gradient.png")


def draw_frames(plt, films):
    figure, rows = plt.subplots(2, 8, figsize=(11, 2.5), sharex=True, sharey=True)
    plt.setp(rows, xlim=(-2.4, 2.4), ylim=(-0.4, 1.7), xticks=[], yticks=[], aspect="equal")
    for row, (name, states) in zip(rows, films.items(), strict=True):
        row[0].set_ylabel(name)
        for axes, time in zip(row, np.linspace(0, len(states) - 1, 8).astype(int), strict=True):
            x, _, angle, _ = states[time]
            axes.add_patch(plt.Rectangle((x - 0.4, -0.3), 0.8, 0.3, color=BLUE))
            axes.plot([x, x + 1.5 * np.sin(angle)], [0, 1.5 * np.cos(angle)], color=ORANGE, linewidth=3)
            axes.set_title(f"step {time}")
    save(figure, "policy_gradient_frames.png")


def main():
    chosen = options(__doc__, seed=0)
    grid, cart, random = Grid(), CartPole(), np.random.default_rng(1000)
    walks, batches = (40, 15) if chosen.quick else (100, 120)
    heading(f"a gridworld, {walks} batches of 16 episodes: mean reward of a batch, ten times")
    walker, walked = learn(grid, chosen.seed, walks)
    print(*(f"{score:.1f}" for score in walked[:: walks // 10]))
    heading(f"a cart with a pole, {batches} batches: likewise")
    before, _ = learn(cart, chosen.seed, 0)
    policy, scores = learn(cart, chosen.seed, batches)
    print(*(f"{score:.1f}" for score in scores[:: -(-batches // 10)]))
    pair = {"untrained": before, "trained": policy}
    films = {name: play(cart, policy, 1, random)[0][:, 0] for name, policy in pair.items()}
    tested = play(cart, policy, 100, random)[2].sum(0).mean()
    if plt := pyplot():
        curves = ("A gridworld", walked, -12, "shortest way"), ("A cart with a pole", scores, 475, "solved")
        draw(plt, grid, walker, curves)
        draw_frames(plt, films)

    check(walked[-1] > -14, f"it walks in {-walked[-1]:.1f} steps; no way is shorter than 4 + 8")
    check(scores[-1] > 2 * scores[0], f"it balances for longer: {scores[0]:.1f} steps, then {scores[-1]:.1f}")
    if not chosen.quick:
        check(tested >= 475, f"solved: {tested:.1f} steps of 500 in 100 new episodes")


if __name__ == "__main__":
    main()
