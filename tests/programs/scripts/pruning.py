"""Magnitude pruning of a trained network: L1, random, structured and global, then made permanent."""

import copy
import torch
from torch import nn
import torch.nn.utils.prune as prune
import torch.nn.functional as F

torch.manual_seed(17)
x = torch.randn(128, 10)
y = ((x[:, :3].prod(dim=1) > 0) ^ (x[:, 3] > 0.5)).long()


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc1 = nn.Linear(10, 40)
        self.fc2 = nn.Linear(40, 20)
        self.fc3 = nn.Linear(20, 2)

    def forward(self, x):
        return self.fc3(F.relu(self.fc2(F.relu(self.fc1(x)))))


def fit(model, steps, show=True):
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    for step in range(steps):
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        if show and step < 20:
            print("step {} {:.6f}".format(step, loss.item()))
    return loss.item()


def sparsity(module):
    return 100.0 * float(torch.sum(module.weight == 0)) / float(module.weight.nelement())


model = Net()
dense = fit(model, 60)
print("dense below start", dense < 0.69)
lonely = copy.deepcopy(model)
prune.random_unstructured(lonely.fc1, name="weight", amount=0.3)
prune.l1_unstructured(lonely.fc1, name="bias", amount=3)
print(sorted(n for n, _ in lonely.fc1.named_parameters()), sorted(n for n, _ in lonely.fc1.named_buffers()))
print("fc1 %.2f%%" % sparsity(lonely.fc1), list(lonely.fc1._forward_pre_hooks.values())[0].__class__.__name__)
prune.ln_structured(lonely.fc1, name="weight", amount=0.25, n=2, dim=0)
print(
    "rows of zeros",
    int((lonely.fc1.weight.abs().sum(1) == 0).sum()),
    "%.4f" % F.cross_entropy(lonely(x), y).item(),
)
for hook in lonely.fc1._forward_pre_hooks.values():
    if hook._tensor_name == "weight":
        print(len(hook), [h.__class__.__name__ for h in hook])

parameters = [(model.fc1, "weight"), (model.fc2, "weight"), (model.fc3, "weight")]
prune.global_unstructured(parameters, pruning_method=prune.L1Unstructured, amount=0.5)
for name, module in model.named_children():
    print("%s: %.2f%%" % (name, sparsity(module)))
print("pruned %.4f" % F.cross_entropy(model(x), y).item())
tuned = fit(model, 10, show=False)
print("tuned %.4f" % tuned, prune.is_pruned(model))
for module, name in parameters:
    prune.remove(module, name)
print(prune.is_pruned(model), list(model.state_dict()), [sparsity(m) > 0 for m, _ in parameters])
assert tuned < 0.69
