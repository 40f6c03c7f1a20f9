"""A Transformer from scratch that copies, then greedy, beam, top-k and nucleus decoding."""

import torch, math, copy
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(5)
V, D, PAD, BOS, EOS = 12, 16, 0, 1, 2


def clones(module, N):
    return nn.ModuleList([copy.deepcopy(module) for _ in range(N)])


def subsequent_mask(size):
    return torch.triu(torch.ones((1, size, size)), diagonal=1).type(torch.uint8) == 0


def attention(query, key, value, mask=None, dropout=None):
    scores = torch.matmul(query, key.transpose(-2, -1)) / math.sqrt(query.size(-1))
    if mask is not None:
        scores = scores.masked_fill(mask == 0, -1e9)
    p = scores.softmax(dim=-1)
    if dropout is not None:
        p = dropout(p)
    return torch.matmul(p, value), p


class MHA(nn.Module):
    def __init__(self, h, d, dropout=0.1):
        super().__init__()
        self.d_k, self.h = d // h, h
        self.linears = clones(nn.Linear(d, d), 4)
        self.attn = None
        self.dropout = nn.Dropout(p=dropout)

    def forward(self, q, k, v, mask=None):
        if mask is not None:
            mask = mask.unsqueeze(1)
        nb = q.size(0)
        q, k, v = [
            lin(x).view(nb, -1, self.h, self.d_k).transpose(1, 2) for lin, x in zip(self.linears, (q, k, v))
        ]
        x, self.attn = attention(q, k, v, mask=mask, dropout=self.dropout)
        return self.linears[-1](x.transpose(1, 2).contiguous().view(nb, -1, self.h * self.d_k))


class LN(nn.Module):
    def __init__(self, f, eps=1e-6):
        super().__init__()
        self.a_2, self.b_2, self.eps = nn.Parameter(torch.ones(f)), nn.Parameter(torch.zeros(f)), eps

    def forward(self, x):
        mean, std = x.mean(-1, keepdim=True), x.std(-1, keepdim=True)
        return self.a_2 * (x - mean) / (std + self.eps) + self.b_2


class PE(nn.Module):
    def __init__(self, d, max_len=50):
        super().__init__()
        pe = torch.zeros(max_len, d)
        position = torch.arange(0, max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d, 2) * -(math.log(10000.0) / d))
        pe[:, 0::2] = torch.sin(position * div_term)
        pe[:, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe.unsqueeze(0))

    def forward(self, x):
        return x + self.pe[:, : x.size(1)].requires_grad_(False)


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.emb, self.pe = nn.Embedding(V, D), PE(D)
        self.enc, self.self_attn, self.src = MHA(2, D), MHA(2, D), MHA(2, D)
        self.norms = clones(LN(D), 4)
        self.ff = nn.Sequential(nn.Linear(D, 32), nn.ReLU(), nn.Linear(32, D))
        self.gen = nn.Linear(D, V)
        for p in self.parameters():
            if p.dim() > 1:
                nn.init.xavier_uniform_(p)

    def encode(self, s, m):
        x = self.pe(self.emb(s) * math.sqrt(D))
        n = self.norms[0](x)
        return x + self.enc(n, n, n, m)

    def decode(self, mem, sm, t, tm):
        x = self.pe(self.emb(t) * math.sqrt(D))
        n = self.norms[1](x)
        x = x + self.self_attn(n, n, n, tm)
        x = x + self.src(self.norms[2](x), mem, mem, sm)
        return F.log_softmax(self.gen(x + self.ff(self.norms[3](x))), dim=-1)


class LabelSmoothing(nn.Module):
    def __init__(self, size, padding_idx, smoothing=0.0):
        super().__init__()
        self.criterion = nn.KLDivLoss(reduction="sum")
        self.padding_idx, self.confidence, self.smoothing, self.size, self.true_dist = (
            padding_idx,
            1.0 - smoothing,
            smoothing,
            size,
            None,
        )

    def forward(self, x, target):
        true_dist = x.data.clone()
        true_dist.fill_(self.smoothing / (self.size - 2))
        true_dist.scatter_(1, target.data.unsqueeze(1), self.confidence)
        true_dist[:, self.padding_idx] = 0
        mask = torch.nonzero(target.data == self.padding_idx)
        if mask.dim() > 0:
            true_dist.index_fill_(0, mask.squeeze(), 0.0)
        self.true_dist = true_dist
        return self.criterion(x, true_dist.clone().detach())


def rate(step, d, factor, warmup):
    step = max(step, 1)
    return factor * (d ** (-0.5) * min(step ** (-0.5), step * warmup ** (-1.5)))


m = Model()
crit = LabelSmoothing(V, PAD, 0.1)
opt = torch.optim.Adam(m.parameters(), lr=0.5, betas=(0.9, 0.98), eps=1e-9)
sch = torch.optim.lr_scheduler.LambdaLR(optimizer=opt, lr_lambda=lambda s: rate(s, D, 1.0, 10))
for step in range(20):
    data = torch.randint(3, V, (16, 6))
    data[:, 0] = BOS
    src, tgt, tgt_y = data.clone().detach(), data[:, :-1], data[:, 1:]
    src_mask = (src != PAD).unsqueeze(-2)
    tm = (tgt != PAD).unsqueeze(-2)
    tm = tm & subsequent_mask(tgt.size(-1)).type_as(tm.data)
    out = m.decode(m.encode(src, src_mask), src_mask, tgt, tm)
    n = (tgt_y != PAD).data.sum()
    sloss = crit(out.contiguous().view(-1, V), tgt_y.contiguous().view(-1)) / n
    loss = sloss.data * n
    sloss.backward()
    opt.step()
    opt.zero_grad(set_to_none=True)
    sch.step()
    print(
        "Epoch Step: %6d | Loss: %6.3f | Learning Rate: %6.1e" % (step, loss / n, opt.param_groups[0]["lr"])
    )
m.eval()
src = torch.tensor([[1, 5, 4, 3, 7, 8]])
mask = torch.ones(1, 1, 6)
mem = m.encode(src, mask)
ys = torch.zeros(1, 1).fill_(BOS).type_as(src.data)
for i in range(5):
    p = m.decode(mem, mask, ys, subsequent_mask(ys.size(1)).type_as(src.data))[:, -1]
    _, nxt = torch.max(p, dim=1)
    ys = torch.cat([ys, torch.zeros(1, 1).type_as(src.data).fill_(nxt.data[0])], dim=1)
print(ys)
K = 3
seqs, scores = torch.full((1, 1), BOS), torch.zeros(1)
for t in range(5):
    lp = m.decode(mem.expand(len(seqs), -1, -1), mask, seqs, subsequent_mask(seqs.size(1)).type_as(seqs))[
        :, -1
    ]
    tot = scores[:, None] + lp
    scores, flat = tot.view(-1).topk(K)
    beam, tok = torch.div(flat, V, rounding_mode="floor"), flat % V
    seqs = torch.cat([seqs[beam], tok[:, None]], -1)
    print(scores, beam.tolist(), flat // V == beam)
print(seqs)


def top_k_top_p_filtering(logits, top_k=0, top_p=0.0, filter_value=-float("Inf")):
    if top_k > 0:
        logits[logits < torch.topk(logits, top_k)[0][..., -1, None]] = filter_value
    if top_p > 0.0:
        sorted_logits, sorted_indices = torch.sort(logits, descending=True)
        cum = torch.cumsum(F.softmax(sorted_logits, dim=-1), dim=-1)
        rem = cum > top_p
        rem[..., 1:] = rem[..., :-1].clone()
        rem[..., 0] = 0
        logits[rem.scatter(-1, sorted_indices, rem)] = filter_value
    return logits


l = torch.randn(2, V)
print(top_k_top_p_filtering(l.clone(), top_k=4).exp(), top_k_top_p_filtering(l.clone(), top_p=0.7).exp())
print(
    torch.multinomial(F.softmax(top_k_top_p_filtering(l.clone(), 4, 0.9), -1), 6, replacement=True),
    torch.multinomial(F.softmax(l, -1), 4),
)
print(F.gumbel_softmax(l, tau=0.5, hard=True).argmax(-1), F.gumbel_softmax(l, tau=2.0)[0, :4])
score = torch.gather(l, 1, seqs[:2])
score = torch.where(score < 0, score * 1.2, score / 1.2)
l.scatter_(1, seqs[:2], score)
print(l)
assert seqs.shape == (3, 6) and loss / n < 3
