"""Matrix factorisation of ratings, with embeddings, biases and SparseAdam-free plain Adagrad."""

import torch
import torch.nn.functional as F
from torch import nn
from torch.utils.data import DataLoader, Dataset, SubsetRandomSampler

torch.manual_seed(1989)
n_users, n_items, rank = 24, 30, 3
U, V = torch.randn(n_users, rank), torch.randn(n_items, rank)
full = (U @ V.T).add(3.0).clamp_(1, 5).round()
seen = torch.rand(n_users, n_items) < 0.4
triples = torch.cat([seen.nonzero(as_tuple=False), full[seen].long().unsqueeze(1)], dim=1)


class Ratings(Dataset):
    def __len__(self):
        return triples.size(0)

    def __getitem__(self, i):
        user, item, rating = triples[i].tolist()
        return user, item, float(rating)


class MF(nn.Module):
    def __init__(self, k=6, mean=3.0):
        super().__init__()
        self.user, self.item = nn.Embedding(n_users, k), nn.Embedding(n_items, k)
        self.user_bias, self.item_bias = nn.Embedding(n_users, 1), nn.Embedding(n_items, 1)
        self.mean = mean
        for e in (self.user, self.item):
            nn.init.normal_(e.weight, std=0.1)
        for e in (self.user_bias, self.item_bias):
            e.weight.data.zero_()

    def forward(self, u, i):
        dot = torch.bmm(self.user(u).unsqueeze(1), self.item(i).unsqueeze(2)).squeeze()
        return dot + self.user_bias(u).squeeze(-1) + self.item_bias(i).squeeze(-1) + self.mean


order = torch.randperm(len(triples)).tolist()
cut = int(0.85 * len(order))
ds = Ratings()
train = DataLoader(ds, batch_size=48, sampler=SubsetRandomSampler(order[:cut]))
valid = DataLoader(ds, batch_size=len(order), sampler=SubsetRandomSampler(order[cut:]))
print(len(ds), len(train), triples[:3].tolist())
model = MF()
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.25, lr_decay=1e-3)
history = []
for epoch in range(12):
    for users, items, ratings in train:
        predicted = model(users, items)
        loss = F.mse_loss(predicted, ratings.float()) + 1e-3 * sum(
            e.weight.pow(2).sum(1).mean() for e in (model.user, model.item)
        )
        model.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
        print("%.6f" % history[-1], end=" ")
    with torch.no_grad():
        u, i, r = next(iter(valid))
        rmse = (model(u, i) - r).pow(2).mean().sqrt()
    print("epoch %d loss %.6f valid rmse %.5f" % (epoch, history[-1], rmse.item()), r.dtype)
with torch.no_grad():
    scores = model.user.weight @ model.item.weight.t() + model.user_bias.weight + model.item_bias.weight.t()
    scores[seen] = -float("inf")
    top = scores.topk(3, dim=1)
print("recommended to user 0:", top.indices[0].tolist(), top.values[0])
print("embedding gradient rows touched:", int((model.item.weight.grad.abs().sum(1) > 0).sum()))
assert history[-1] < 0.6 * history[0]
