"""Embeddings of noisy templates by triplet and contrastive losses; judged by nearest neighbours."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(77)
CLASSES, DIM = 5, 20
templates = torch.randn(CLASSES, DIM)


def draw(labels):
    return templates[labels] * (0.5 + torch.rand(len(labels), 1)) + 0.8 * torch.randn(len(labels), DIM)


class Embedder(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(DIM, 32), nn.PReLU(), nn.LayerNorm(32), nn.Linear(32, 8))

    def forward(self, x):
        return F.normalize(self.layers(x), p=2, dim=1)


class ContrastiveLoss(nn.Module):
    def __init__(self, margin=1.0):
        super().__init__()
        self.margin = margin

    def forward(self, a, b, same):
        d = F.pairwise_distance(a, b, keepdim=True)
        return torch.mean(same * d.pow(2) + (1 - same) * torch.clamp(self.margin - d, min=0.0).pow(2))


def nearest(model):
    with torch.no_grad():
        gallery = torch.arange(CLASSES).repeat_interleave(6)
        queries = torch.arange(CLASSES).repeat(8)
        d = torch.cdist(model(draw(queries)), model(draw(gallery)))
        votes = gallery[d.topk(3, dim=1, largest=False)[1]]
        return (votes.mode(dim=1)[0] == queries).float().mean().item()


model = Embedder()
triplet = nn.TripletMarginLoss(margin=0.5, p=2)
cosine = nn.CosineEmbeddingLoss(margin=0.2)
contrastive = ContrastiveLoss()
optimizer = torch.optim.RAdam(model.parameters(), lr=1e-2)
print("before %.3f" % nearest(model))
losses = []
for step in range(30):
    anchor = torch.randint(0, CLASSES, (32,))
    other = (anchor + torch.randint(1, CLASSES, (32,))).remainder(CLASSES)
    a, p, n = model(draw(anchor)), model(draw(anchor)), model(draw(other))
    one = triplet(a, p, n)
    flip = torch.rand(32, 1).lt(0.5).float()
    two = contrastive(a, torch.where(flip.bool(), p, n), flip)
    three = cosine(a, n, -torch.ones(32))
    logits = a @ p.t() / 0.2
    four = F.cross_entropy(logits, torch.arange(32))
    loss = one + two + 0.5 * three + 0.1 * four
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    print(
        "%2d %.6f  triplet %.5f contrastive %.5f cosine %.5f nce %.5f" % (step, loss, one, two, three, four)
    )
score = nearest(model)
print("after %.3f" % score, tuple(logits.shape), model.layers[1])
assert score > 0.7 and losses[-1] < losses[0]
