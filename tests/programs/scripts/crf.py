"""A tagger with a conditional random field: forward scores by logsumexp, the best path by Viterbi."""

import torch
import torch.nn as nn
from typing import List, Optional
from torch.nn.utils.rnn import pad_sequence, pack_padded_sequence, pad_packed_sequence

torch.manual_seed(1)


class CRF(nn.Module):
    def __init__(self, num_tags: int, batch_first: bool = False) -> None:
        if num_tags <= 0:
            raise ValueError(f"invalid number of tags: {num_tags}")
        super().__init__()
        self.num_tags, self.batch_first = num_tags, batch_first
        self.start_transitions = nn.Parameter(torch.empty(num_tags))
        self.end_transitions = nn.Parameter(torch.empty(num_tags))
        self.transitions = nn.Parameter(torch.empty(num_tags, num_tags))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        nn.init.uniform_(self.start_transitions, -0.1, 0.1)
        nn.init.uniform_(self.end_transitions, -0.1, 0.1)
        nn.init.uniform_(self.transitions, -0.1, 0.1)

    def __repr__(self) -> str:
        return f"{self.__class__.__name__}(num_tags={self.num_tags})"

    def forward(
        self, emissions, tags, mask: Optional[torch.ByteTensor] = None, reduction="sum"
    ) -> torch.Tensor:
        if mask is None:
            mask = torch.ones_like(tags, dtype=torch.uint8, device=tags.device)
        if mask.dtype != torch.uint8:
            mask = mask.byte()
        if self.batch_first:
            emissions, tags, mask = emissions.transpose(0, 1), tags.transpose(0, 1), mask.transpose(0, 1)
        llh = self._score(emissions, tags, mask) - self._normalizer(emissions, mask)
        return llh.sum() if reduction == "sum" else llh.sum() / mask.float().sum()

    def _score(self, emissions, tags, mask):
        seq_length, batch_size = tags.shape
        mask = mask.float()
        score = self.start_transitions[tags[0]]
        score += emissions[0, torch.arange(batch_size), tags[0]]
        for i in range(1, seq_length):
            score += self.transitions[tags[i - 1], tags[i]] * mask[i]
            score += emissions[i, torch.arange(batch_size), tags[i]] * mask[i]
        seq_ends = mask.long().sum(dim=0) - 1
        last_tags = tags[seq_ends, torch.arange(batch_size)]
        score += self.end_transitions[last_tags]
        return score

    def _normalizer(self, emissions, mask):
        score = self.start_transitions + emissions[0]
        for i in range(1, emissions.size(0)):
            next_score = score.unsqueeze(2) + self.transitions + emissions[i].unsqueeze(1)
            next_score = torch.logsumexp(next_score, dim=1)
            score = torch.where(mask[i].unsqueeze(1).bool(), next_score, score)
        score += self.end_transitions
        return torch.logsumexp(score, dim=1)

    def decode(self, emissions, mask) -> List[List[int]]:
        emissions, mask = emissions.transpose(0, 1), mask.transpose(0, 1)
        seq_length, batch_size = mask.shape
        score = self.start_transitions + emissions[0]
        history = []
        for i in range(1, seq_length):
            next_score, indices = (score.unsqueeze(2) + self.transitions + emissions[i].unsqueeze(1)).max(
                dim=1
            )
            score = torch.where(mask[i].unsqueeze(1).bool(), next_score, score)
            history.append(indices)
        score += self.end_transitions
        seq_ends = mask.long().sum(dim=0) - 1
        best_tags_list = []
        for idx in range(batch_size):
            _, best_last_tag = score[idx].max(dim=0)
            best_tags = [best_last_tag.item()]
            for hist in reversed(history[: seq_ends[idx]]):
                best_tags.append(hist[idx][best_tags[-1]].item())
            best_tags.reverse()
            best_tags_list.append(best_tags)
        return best_tags_list


class Tagger(nn.Module):
    def __init__(self, V, E, H, T):
        super().__init__()
        self.emb = nn.Embedding(V, E, padding_idx=0)
        self.lstm = nn.LSTM(E, H // 2, num_layers=1, bidirectional=True, batch_first=True)
        self.lin = nn.Linear(H, T)
        self.crf = CRF(T, batch_first=True)

    def feats(self, x, lengths):
        p = pack_padded_sequence(self.emb(x), lengths, batch_first=True, enforce_sorted=False)
        h, _ = self.lstm(p)
        h, _ = pad_packed_sequence(h, batch_first=True)
        return self.lin(h)


seqs = [torch.randint(1, 20, (int(n),)) for n in torch.randint(3, 9, (8,))]
tags = [torch.where(s % 3 == 0, 1, torch.where(s % 2 == 0, 2, 0)) for s in seqs]
lengths = torch.as_tensor([len(s) for s in seqs])
X, Y = pad_sequence(seqs, batch_first=True), pad_sequence(tags, batch_first=True, padding_value=0)
mask = torch.arange(X.size(1))[None, :] < lengths[:, None]
print(lengths, mask.sum(), mask[0])
model = Tagger(20, 8, 12, 3)
print(model)
opt = torch.optim.SGD(model.parameters(), lr=0.1, weight_decay=1e-4)
for epoch in range(25):
    model.zero_grad()
    loss = -model.crf(model.feats(X, lengths), Y, mask, reduction="token_mean")
    loss.backward()
    nn.utils.clip_grad_value_(model.parameters(), 0.5)
    opt.step()
    print(epoch, "%.5f" % loss.item())
with torch.no_grad():
    pred = model.crf.decode(model.feats(X, lengths), mask)
print(pred)
print(sum(p == t.tolist() for p, t in zip(pred, tags)), model.emb.weight.grad[0].abs().sum().item())
assert loss.item() < 1.2
