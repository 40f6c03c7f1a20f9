"""Contrastive learning in two notations, mixup, a cosine classifier, and triplets by mining."""

import torch, numpy as np
import torch.nn as nn
import torch.nn.functional as F

np.random.seed(0)
torch.manual_seed(0)


def aug(x):
    return x + 0.1 * torch.randn_like(x) if np.random.rand() > 0.3 else x * (torch.rand_like(x) > 0.2)


enc = nn.Sequential(nn.Linear(16, 32), nn.BatchNorm1d(32), nn.ReLU(inplace=True), nn.Linear(32, 8))


def info_nce_loss(features, n_views, temperature):
    bs = features.shape[0] // n_views
    labels = torch.cat([torch.arange(bs) for i in range(n_views)], dim=0)
    labels = (labels.unsqueeze(0) == labels.unsqueeze(1)).float()
    features = F.normalize(features, dim=1)
    sim = torch.matmul(features, features.T)
    mask = torch.eye(labels.shape[0], dtype=torch.bool)
    labels = labels[~mask].view(labels.shape[0], -1)
    sim = sim[~mask].view(sim.shape[0], -1)
    positives = sim[labels.bool()].view(labels.shape[0], -1)
    negatives = sim[~labels.bool()].view(sim.shape[0], -1)
    logits = torch.cat([positives, negatives], dim=1)
    return logits / temperature, torch.zeros(logits.shape[0], dtype=torch.long)


def uva_loss(feats, T=0.07):
    cos_sim = F.cosine_similarity(feats[:, None, :], feats[None, :, :], dim=-1)
    self_mask = torch.eye(cos_sim.shape[0], dtype=torch.bool, device=cos_sim.device)
    cos_sim.masked_fill_(self_mask, -9e15)
    pos_mask = self_mask.roll(shifts=cos_sim.shape[0] // 2, dims=0)
    cos_sim = cos_sim / T
    nll = -cos_sim[pos_mask] + torch.logsumexp(cos_sim, dim=-1)
    comb = torch.cat([cos_sim[pos_mask][:, None], cos_sim.masked_fill(pos_mask, -9e15)], dim=-1)
    sim_argsort = comb.argsort(dim=-1, descending=True).argmin(dim=-1)
    return (
        nll.mean(),
        (sim_argsort == 0).float().mean(),
        (sim_argsort < 5).float().mean(),
        1 + sim_argsort.float().mean(),
    )


centers = torch.randn(5, 16)
opt = torch.optim.SGD(enc.parameters(), lr=0.05, momentum=0.9, nesterov=True, weight_decay=1e-4)
sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, T_max=20, eta_min=0.001, last_epoch=-1)
for it in range(16):
    y = torch.randint(5, (12,))
    x = centers[y] + 0.3 * torch.randn(12, 16)
    f = enc(torch.cat([aug(x), aug(x)]))
    if it % 2:
        logits, labels = info_nce_loss(f, 2, 0.5)
        loss = F.cross_entropy(logits, labels)
        extra = ()
    else:
        loss, *extra = uva_loss(f, 0.5)
    opt.zero_grad()
    loss.backward()
    opt.step()
    sched.step()
    print(it, "%.5f" % loss.item(), [round(e.item(), 4) for e in extra], "%.5f" % sched.get_last_lr()[0])


def mixup_data(x, y, alpha=1.0):
    lam = np.random.beta(alpha, alpha) if alpha > 0 else 1
    index = torch.randperm(x.size()[0])
    return lam * x + (1 - lam) * x[index, :], y, y[index], lam


clf = nn.utils.weight_norm(nn.Linear(8, 5, bias=False), dim=0)
clf.weight_g.data.fill_(1)
clf.weight_g.requires_grad = False
opt = torch.optim.SGD(
    [{"params": enc.parameters()}, {"params": [p for p in clf.parameters() if p.requires_grad], "lr": 0.1}],
    lr=0.01,
)
for it in range(6):
    y = torch.randint(5, (12,))
    x = centers[y] + 0.3 * torch.randn(12, 16)
    xm, ya, yb, lam = mixup_data(x, y)
    out = clf(F.normalize(enc(xm)))
    loss = lam * F.cross_entropy(out, ya, label_smoothing=0.1) + (1 - lam) * F.cross_entropy(
        out, yb, label_smoothing=0.1
    )
    opt.zero_grad()
    loss.backward()
    opt.step()
    pred = torch.max(out.data, 1)[1]
    print(
        it,
        loss.item(),
        lam,
        (
            lam * pred.eq(ya.data).cpu().sum().float() + (1 - lam) * pred.eq(yb.data).cpu().sum().float()
        ).item(),
    )
img = torch.rand(4, 3, 8, 8)
rp = torch.randperm(4)
lam = 0.6
cut = int(8 * np.sqrt(1 - lam))
cx, cy = np.random.randint(8), np.random.randint(8)
x1, x2 = np.clip(cx - cut // 2, 0, 8), np.clip(cx + cut // 2, 0, 8)
y1, y2 = np.clip(cy - cut // 2, 0, 8), np.clip(cy + cut // 2, 0, 8)
img[:, :, x1:x2, y1:y2] = img[rp, :, x1:x2, y1:y2]
print(img.sum(), rp, 1 - ((x2 - x1) * (y2 - y1) / (img.size()[-1] * img.size()[-2])))
emb = F.normalize(torch.randn(10, 4), p=2, dim=1).requires_grad_()
lab = torch.arange(10) % 3
d = torch.cdist(emb, emb)
same = lab[:, None] == lab[None]
ap = (d * same).max(1)[0]
an = (d + 1e5 * same).min(1)[0]
loss = F.relu(ap - an + 0.3).mean()
loss.backward()
print(loss, emb.grad.norm(), nn.TripletMarginLoss(margin=1.0, p=2, swap=True)(emb[:3], emb[3:6], emb[6:9]))
print(
    nn.CosineEmbeddingLoss(margin=0.1)(emb[:5], emb[5:], torch.tensor([1, -1, 1, 1, -1])),
    F.margin_ranking_loss(ap, an, -torch.ones(10)),
    clf,
)
assert torch.isfinite(loss)
