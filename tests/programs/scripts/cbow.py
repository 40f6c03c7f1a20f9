import torch
from torch import nn, optim
from torch.nn import functional as F

torch.manual_seed(123)
CONTEXT = 2
corpus = (
    "a model reads the words around a gap and guesses the word in the gap the words around a gap say "
    "much about the word and the model learns what the words say"
).split()
vocab = sorted(set(corpus))
stoi = {w: i for i, w in enumerate(vocab)}


def example(i):
    around = [corpus[i + k] for k in range(-CONTEXT, CONTEXT + 1) if k]
    return [stoi[w] for w in around], stoi[corpus[i]]


contexts, targets = zip(*[example(i) for i in range(CONTEXT, len(corpus) - CONTEXT)])
contexts, targets = torch.tensor(contexts), torch.tensor(targets)


class CBOW(nn.Module):
    def __init__(self, vocab_size, dim=16):
        super().__init__()
        self.emb = nn.Embedding(vocab_size, dim)
        nn.init.uniform_(self.emb.weight, -0.5 / dim, 0.5 / dim)
        self.out = nn.Linear(dim, vocab_size, bias=False)
        nn.init.xavier_normal_(self.out.weight)

    def forward(self, ids):
        return self.out(self.emb(ids).mean(dim=-2))


model = CBOW(len(vocab))
opt = optim.Adam(model.parameters(), lr=0.05)
sched = optim.lr_scheduler.ExponentialLR(opt, 0.99)
start = F.cross_entropy(model(contexts), targets).item()
for epoch in range(40):
    opt.zero_grad(set_to_none=False)
    loss = F.cross_entropy(model(contexts), targets)
    loss.backward()
    opt.step()
    sched.step()
    if epoch < 22:
        print(
            f"{epoch:02d} loss={loss.item():.6f} ppl={loss.exp().item():.4f} lr={opt.param_groups[0]['lr']:.5f}"
        )

with torch.no_grad():
    accuracy = (model(contexts).argmax(-1) == targets).float().mean()
    E = F.normalize(model.emb.weight, dim=1)
    similarity = E @ E[stoi["gap"]]
    value, index = similarity.topk(4)
print("accuracy {:.3f}".format(accuracy), contexts.shape, contexts.dtype)
for v, i in zip(value, index):
    print("  %-8s %.4f" % (vocab[i], v))
assert loss.item() < 0.5 * start
