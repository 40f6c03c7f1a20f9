import copy
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.utils import data

torch.manual_seed(2021)


class Spirals(data.Dataset):
    def __init__(self, n, arms=3):
        t = torch.rand(n).sqrt()
        self.label = torch.arange(n) % arms
        angle = 3 * t + self.label * (2 * 3.1415926 / arms)
        self.points = torch.stack([t * angle.cos(), t * angle.sin()], dim=-1) * 2 + 0.03 * torch.randn(n, 2)

    def __getitem__(self, index):
        return {"x": self.points[index], "y": self.label[index], "index": index}

    def __len__(self):
        return self.points.shape[0]


class Mlp(nn.Sequential):
    def __init__(self, *sizes):
        layers = []
        for a, b in zip(sizes[:-1], sizes[1:]):
            layers += [nn.Linear(a, b), nn.Hardswish()]
        super().__init__(*layers[:-1])


def kd_loss(student, teacher, labels, T=4.0, alpha=0.9):
    soft = nn.KLDivLoss(reduction="batchmean")(
        F.log_softmax(student / T, dim=1), F.softmax(teacher / T, dim=1)
    )
    return soft * (alpha * T * T) + F.cross_entropy(student, labels) * (1.0 - alpha)


@torch.no_grad()
def accuracy(model, dataset):
    was_training, hits = model.training, 0
    model.eval()
    for batch in data.DataLoader(dataset, batch_size=64):
        hits += (model(batch["x"]).argmax(1) == batch["y"]).sum()
    model.train(was_training)
    return hits.item() / len(dataset)


train, test = Spirals(240), Spirals(90)
sampler = data.WeightedRandomSampler(torch.ones(len(train)), num_samples=160, replacement=True)
loader = data.DataLoader(train, batch_size=40, sampler=sampler)
teacher, student = Mlp(2, 48, 48, 3), Mlp(2, 16, 3)
assistant = copy.deepcopy(student)
opt = optim.NAdam(teacher.parameters(), lr=1e-2)
for epoch in range(6):
    for batch in loader:
        loss = F.cross_entropy(teacher(batch["x"]), batch["y"])
        opt.zero_grad()
        loss.backward()
        opt.step()
        print("teacher %d %.6f" % (epoch, loss.item()))
print("teacher accuracy %.4f" % accuracy(teacher, test))
teacher.requires_grad_(False).eval()
opt = optim.Adamax(student.parameters(), lr=2e-2)
history = []
for epoch in range(7):
    for batch in loader:
        with torch.no_grad():
            wisdom = teacher(batch["x"])
        loss = kd_loss(student(batch["x"]), wisdom, batch["y"])
        opt.zero_grad()
        loss.backward()
        opt.step()
        history.append(loss.item())
    print(
        "student {} {:.6f} {:.6f}".format(epoch, history[-1], sum(history[-4:]) / 4),
        batch["index"][:5].tolist(),
    )
print("student accuracy %.4f, untaught %.4f" % (accuracy(student, test), accuracy(assistant, test)))
print(student, sum(p.requires_grad for p in teacher.parameters()))
assert sum(history[-4:]) < sum(history[:4])
