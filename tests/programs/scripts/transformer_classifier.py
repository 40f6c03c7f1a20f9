import math
import torch
from torch import nn, Tensor

torch.manual_seed(0)


class PositionalEncoding(nn.Module):
    def __init__(self, d_model: int, dropout: float = 0.1, max_len: int = 50):
        super().__init__()
        self.dropout = nn.Dropout(p=dropout)
        position = torch.arange(max_len).unsqueeze(1)
        div_term = torch.exp(torch.arange(0, d_model, 2) * (-math.log(10000.0) / d_model))
        pe = torch.zeros(max_len, 1, d_model)
        pe[:, 0, 0::2] = torch.sin(position * div_term)
        pe[:, 0, 1::2] = torch.cos(position * div_term)
        self.register_buffer("pe", pe)

    def forward(self, x: Tensor) -> Tensor:
        return self.dropout(x + self.pe[: x.size(0)])


class Classifier(nn.Module):
    """Is there a 1 somewhere after a 2?"""

    def __init__(self, vocab: int, d_model: int = 24, nhead: int = 4, nlayers: int = 2):
        super().__init__()
        self.embedding = nn.Embedding(vocab, d_model)
        self.pos = PositionalEncoding(d_model)
        layer = nn.TransformerEncoderLayer(d_model, nhead, dim_feedforward=48, dropout=0.1, activation="gelu")
        self.encoder = nn.TransformerEncoder(layer, nlayers, enable_nested_tensor=False)
        self.head = nn.Linear(d_model, 2)
        self.d_model = d_model

    def forward(self, src: Tensor, padding: Tensor) -> Tensor:
        x = self.pos(self.embedding(src) * math.sqrt(self.d_model))
        x = self.encoder(x, src_key_padding_mask=padding)
        keep = (~padding).t().unsqueeze(-1).float()
        return self.head((x * keep).sum(0) / keep.sum(0))


def batch(n: int = 32, length: int = 10):
    src = torch.randint(1, 6, (length, n))
    lengths = torch.randint(4, length + 1, (n,))
    padding = torch.arange(length)[None, :] >= lengths[:, None]
    src = src.masked_fill(padding.t(), 0)
    seen = (src == 2).cumsum(0) > 0
    label = ((src == 1) & seen).any(0).long()
    return src, padding, label


model = Classifier(6)
criterion = nn.CrossEntropyLoss(label_smoothing=0.05)
optimizer = torch.optim.Adam(model.parameters(), lr=4e-3)
scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=6e-3, total_steps=50)
losses = []
model.train()
for step in range(50):
    src, padding, label = batch()
    out = model(src, padding)
    loss = criterion(out, label)
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 0.5)
    optimizer.step()
    scheduler.step()
    losses.append(loss.item())
    if step < 22 or step % 9 == 0:
        print(
            f"| step {step:3d} | lr {scheduler.get_last_lr()[0]:.6f} | loss {loss.item():8.6f} "
            f"| accuracy {(out.argmax(1) == label).float().mean():.3f}"
        )
model.eval()
with torch.no_grad():
    src, padding, label = batch(200)
    accuracy = (model(src, padding).argmax(1) == label).float().mean().item()
print("held out %.3f" % accuracy)
print(len(model.state_dict()), list(model.state_dict())[:5], model.pos.pe.shape)
assert accuracy > 0.7 and sum(losses[-5:]) < sum(losses[:5])
