"""Tagging the parts of little sentences with a bidirectional LSTM over packed sequences."""

import torch
import torch.nn as nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

torch.manual_seed(10)
training_data = [
    ("the dog ate the apple".split(), ["DET", "NN", "V", "DET", "NN"]),
    ("everybody read that book".split(), ["NN", "V", "DET", "NN"]),
    ("the cat sleeps".split(), ["DET", "NN", "V"]),
    ("a small bird sang a long song".split(), ["DET", "ADJ", "NN", "V", "DET", "ADJ", "NN"]),
    ("dogs bark".split(), ["NN", "V"]),
]
word_ix, tag_ix = {"<pad>": 0}, {}
for sent, tags in training_data:
    for w in sent:
        word_ix.setdefault(w, len(word_ix))
    for t in tags:
        tag_ix.setdefault(t, len(tag_ix))
IGNORE = -100


class BiLSTMTagger(nn.Module):
    def __init__(self, vocab, tags, dim=12, hidden=10, layers=2):
        super().__init__()
        self.embed = nn.Embedding(vocab, dim, padding_idx=0)
        self.lstm = nn.LSTM(dim, hidden, num_layers=layers, batch_first=True, bidirectional=True)
        self.tag = nn.Linear(2 * hidden, tags)

    def forward(self, ids, lengths):
        packed = pack_padded_sequence(self.embed(ids), lengths, batch_first=True, enforce_sorted=False)
        out, (h_n, c_n) = self.lstm(packed)
        out, out_lengths = pad_packed_sequence(out, batch_first=True)
        return self.tag(out), h_n, out_lengths


ids = pad_sequence([torch.tensor([word_ix[w] for w in s]) for s, _ in training_data], batch_first=True)
gold = pad_sequence(
    [torch.tensor([tag_ix[t] for t in ts]) for _, ts in training_data], batch_first=True, padding_value=IGNORE
)
lengths = torch.tensor([len(s) for s, _ in training_data])
model = BiLSTMTagger(len(word_ix), len(tag_ix))
criterion = nn.CrossEntropyLoss(ignore_index=IGNORE)
optimizer = torch.optim.Adam(model.parameters(), lr=0.02)
losses = []
for epoch in range(60):
    model.zero_grad()
    scores, h_n, out_lengths = model(ids, lengths)
    loss = criterion(scores.view(-1, scores.size(-1)), gold.view(-1))
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    losses.append(loss.item())
    if epoch < 22 or epoch % 15 == 0:
        print(f"{epoch} {loss.item():.6f} {norm.item():.5f}")
mask = gold.ne(IGNORE)
print("accuracy", (scores.argmax(2).eq(gold) & mask).sum().item(), "/", mask.sum().item())
print(h_n.shape, out_lengths.tolist(), model.embed.weight[0].abs().sum().item())
print([tuple(p.shape) for p in model.lstm.parameters()][:6], sorted(model.lstm.state_dict())[0])
assert losses[-1] < 0.2 * losses[0]
