"""A competition's kernel: folds, embeddings, a loss from _WeightedLoss and a schedule from _LRScheduler."""

import os, gc, time, random, math, warnings
import numpy as np
import torch, torch.nn as nn, torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader, TensorDataset
from torch.optim.lr_scheduler import _LRScheduler, ReduceLROnPlateau
from torch.nn.modules.loss import _WeightedLoss

warnings.filterwarnings("ignore")


def seed_everything(seed=42):
    random.seed(seed)
    os.environ["PYTHONHASHSEED"] = str(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.cuda.manual_seed(seed)
    torch.backends.cudnn.deterministic = True


seed_everything(42)


class CFG:
    debug = False
    n_fold = 2
    epochs = 4
    bs = 32
    lr = 1e-2
    DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


cont = np.random.randn(128, 5).astype("float32")
cats = np.random.randint(0, 4, (128, 2))
y = ((cont[:, 0] * cont[:, 1] + cats[:, 0] - 1.5) > 0).astype(int)
folds = np.arange(128) % CFG.n_fold


class MoADataset:
    def __init__(self, c, k, t=None):
        self.c, self.k, self.t = c, k, t

    def __len__(self):
        return self.c.shape[0]

    def __getitem__(self, i):
        d = {
            "x": torch.tensor(self.c[i, :], dtype=torch.float),
            "k": torch.tensor(self.k[i], dtype=torch.long),
        }
        if self.t is not None:
            d["y"] = torch.tensor(self.t[i], dtype=torch.float)
        return d


class SmoothBCE(_WeightedLoss):
    def __init__(self, weight=None, reduction="mean", smoothing=0.0):
        super().__init__(weight=weight, reduction=reduction)
        self.smoothing = smoothing

    @staticmethod
    def _smooth(t, n, s=0.0):
        with torch.no_grad():
            return t * (1.0 - s) + 0.5 * s

    def forward(self, i, t):
        loss = F.binary_cross_entropy_with_logits(
            i, SmoothBCE._smooth(t, i.size(-1), self.smoothing), self.weight
        )
        return loss.sum() if self.reduction == "sum" else loss.mean()


class FocalLoss(nn.Module):
    def __init__(self, gamma=2):
        super().__init__()
        self.gamma = gamma

    def forward(self, i, t):
        mx = (-i).clamp(min=0)
        l = i - i * t + mx + ((-mx).exp() + (-i - mx).exp()).log()
        inv = F.logsigmoid(-i * (t * 2.0 - 1.0))
        return ((inv * self.gamma).exp() * l).mean()


class GradualWarmup(_LRScheduler):
    def __init__(self, optimizer, mult, total, after=None):
        self.mult, self.total, self.after = mult, total, after
        super().__init__(optimizer)

    def get_lr(self):
        return [
            b * (1 + (self.mult - 1) * min(self.last_epoch, self.total) / self.total) for b in self.base_lrs
        ]


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.embs = nn.ModuleList([nn.Embedding(4, min(50, (4 + 1) // 2)) for _ in range(2)])
        self.bn1 = nn.BatchNorm1d(9)
        self.d1 = nn.utils.weight_norm(nn.Linear(9, 24))
        self.bn2 = nn.BatchNorm1d(24)
        self.drop = nn.Dropout(0.2)
        self.d2 = nn.Linear(24, 1)

    def forward(self, x, k):
        z = torch.cat([e(k[:, i]) for i, e in enumerate(self.embs)] + [x], 1)
        return self.d2(self.drop(self.bn2(F.leaky_relu(self.d1(self.bn1(z)), 1e-3)))).squeeze(1)


class EarlyStopping:
    def __init__(self, patience=2):
        self.patience, self.counter, self.best, self.stop = patience, 0, None, False

    def __call__(self, s):
        if self.best is None or s > self.best:
            self.best, self.counter = s, 0
            return True
        self.counter += 1
        self.stop = self.counter >= self.patience
        return False


oof = np.zeros(len(y))
for fold in range(CFG.n_fold):
    tr, va = np.where(folds != fold)[0], np.where(folds == fold)[0]
    trl = DataLoader(
        MoADataset(cont[tr], cats[tr], y[tr]), batch_size=CFG.bs, shuffle=True, num_workers=0, drop_last=True
    )
    val = DataLoader(MoADataset(cont[va], cats[va], y[va]), batch_size=CFG.bs * 2)
    m = Model().to(CFG.DEVICE)
    no_decay = ["bias", "bn"]
    pg = [
        {
            "params": [p for n, p in m.named_parameters() if not any(d in n for d in no_decay)],
            "weight_decay": 1e-2,
        },
        {
            "params": [p for n, p in m.named_parameters() if any(d in n for d in no_decay)],
            "weight_decay": 0.0,
        },
    ]
    opt = torch.optim.AdamW(pg, lr=CFG.lr)
    sch = GradualWarmup(opt, 2, 3)
    crit = SmoothBCE(smoothing=0.01)
    es = EarlyStopping()
    for ep in range(CFG.epochs):
        m.train()
        tot = 0
        for step, d in enumerate(trl):
            opt.zero_grad()
            out = m(d["x"].to(CFG.DEVICE), d["k"].to(CFG.DEVICE))
            loss = crit(out, d["y"]) + 0.1 * FocalLoss()(out, d["y"])
            loss.backward()
            g = torch.nn.utils.clip_grad_norm_(m.parameters(), 1000.0)
            opt.step()
            tot += loss.item() * d["x"].size(0)
        sch.step()
        m.eval()
        preds, vl = [], []
        for d in val:
            with torch.no_grad():
                p = m(d["x"], d["k"])
                vl.append(crit(p, d["y"]).item())
                preds.append(p.sigmoid().detach().cpu().numpy())
        preds = np.concatenate(preds)
        auc = np.mean([(a > b) + 0.5 * (a == b) for a in preds[y[va] == 1] for b in preds[y[va] == 0]])
        oof[va] = preds
        print(
            f"Fold {fold} Epoch {ep + 1} - train {tot / len(tr):.4f} val {np.mean(vl):.4f} auc {auc:.4f} grad {g:.4f} lr {sch.get_last_lr()[0]:.5f}",
            es(auc),
        )
        if es.stop:
            break
    del m, opt
    gc.collect()
    torch.cuda.empty_cache()
print(
    "CV",
    round(float(((oof > 0.5) == y).mean()), 4),
    torch.from_numpy(oof).float().topk(3, axis=0).indices.shape,
)
assert ((oof > 0.5) == y).mean() > 0.5
