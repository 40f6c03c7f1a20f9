"""Translation of digit strings into their reversal: GRU encoder, attention decoder, teacher forcing."""

from __future__ import unicode_literals, print_function, division
import random
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch import optim

random.seed(3)
torch.manual_seed(3)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
SOS_token, EOS_token, MAX_LENGTH = 0, 1, 6


class EncoderRNN(nn.Module):
    def __init__(self, input_size, hidden_size):
        super(EncoderRNN, self).__init__()
        self.hidden_size = hidden_size
        self.embedding = nn.Embedding(input_size, hidden_size)
        self.gru = nn.GRU(hidden_size, hidden_size)

    def forward(self, input, hidden):
        embedded = self.embedding(input).view(1, 1, -1)
        output, hidden = self.gru(embedded, hidden)
        return output, hidden

    def initHidden(self):
        return torch.zeros(1, 1, self.hidden_size, device=device)


class AttnDecoderRNN(nn.Module):
    def __init__(self, hidden_size, output_size, dropout_p=0.1, max_length=MAX_LENGTH):
        super(AttnDecoderRNN, self).__init__()
        self.embedding = nn.Embedding(output_size, hidden_size)
        self.attn = nn.Linear(hidden_size * 2, max_length)
        self.attn_combine = nn.Linear(hidden_size * 2, hidden_size)
        self.dropout = nn.Dropout(dropout_p)
        self.gru = nn.GRU(hidden_size, hidden_size)
        self.out = nn.Linear(hidden_size, output_size)

    def forward(self, input, hidden, encoder_outputs):
        embedded = self.dropout(self.embedding(input).view(1, 1, -1))
        attn_weights = F.softmax(self.attn(torch.cat((embedded[0], hidden[0]), 1)), dim=1)
        attn_applied = torch.bmm(attn_weights.unsqueeze(0), encoder_outputs.unsqueeze(0))
        output = torch.cat((embedded[0], attn_applied[0]), 1)
        output = F.relu(self.attn_combine(output).unsqueeze(0))
        output, hidden = self.gru(output, hidden)
        return F.log_softmax(self.out(output[0]), dim=1), hidden, attn_weights


def make_pair():
    words = [random.randint(2, 9) for _ in range(random.randint(2, MAX_LENGTH - 1))]
    as_tensor = lambda s: torch.tensor(s + [EOS_token], dtype=torch.long, device=device).view(-1, 1)
    return as_tensor(words), as_tensor(words[::-1])


def train(source, target, encoder, decoder, optimizers, criterion):
    hidden = encoder.initHidden()
    [o.zero_grad() for o in optimizers]
    outputs = torch.zeros(MAX_LENGTH, encoder.hidden_size, device=device)
    loss = 0
    for ei in range(source.size(0)):
        out, hidden = encoder(source[ei], hidden)
        outputs[ei] = out[0, 0]
    token = torch.tensor([[SOS_token]], device=device)
    use_teacher_forcing = random.random() < 0.6
    for di in range(target.size(0)):
        out, hidden, attention = decoder(token, hidden, outputs)
        topv, topi = out.topk(1)
        loss += criterion(out, target[di])
        token = target[di] if use_teacher_forcing else topi.squeeze().detach()
        if token.item() == EOS_token:
            break
    loss.backward()
    [o.step() for o in optimizers]
    return loss.item() / target.size(0), attention


encoder, decoder = EncoderRNN(10, 24).to(device), AttnDecoderRNN(24, 10).to(device)
optimizers = [optim.SGD(m.parameters(), lr=0.05) for m in (encoder, decoder)]
criterion = nn.NLLLoss()
losses = []
for i in range(1, 121):
    loss, attention = train(*make_pair(), encoder, decoder, optimizers, criterion)
    losses.append(loss)
    if i <= 24 or i % 20 == 0:
        print("%d %.6f" % (i, loss))
print(decoder)
print(attention.shape, attention.sum().item() - 1 < 1e-5)
assert sum(losses[-20:]) < sum(losses[:20])
