"""An n-gram language model over a little text, with LongTensor contexts and NLLLoss."""

import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(1)
CONTEXT_SIZE = 2
EMBEDDING_DIM = 10
text = """the boat went out upon the grey water and the water was still and the boat was small
we saw the light on the far shore and the shore was dark and the light was small and grey""".split()
trigrams = [([text[i], text[i + 1]], text[i + 2]) for i in range(len(text) - 2)]
vocab = sorted(set(text))
word_to_ix = {word: i for i, word in enumerate(vocab)}


class NGramLanguageModeler(nn.Module):
    def __init__(self, vocab_size, embedding_dim, context_size):
        super(NGramLanguageModeler, self).__init__()
        self.embeddings = nn.Embedding(vocab_size, embedding_dim)
        self.linear1 = nn.Linear(context_size * embedding_dim, 64)
        self.linear2 = nn.Linear(64, vocab_size)

    def forward(self, inputs):
        embeds = self.embeddings(inputs).view((1, -1))
        out = F.relu(self.linear1(embeds))
        out = self.linear2(out)
        return F.log_softmax(out, dim=1)


losses = []
loss_function = nn.NLLLoss()
model = NGramLanguageModeler(len(vocab), EMBEDDING_DIM, CONTEXT_SIZE)
optimizer = optim.SGD(model.parameters(), lr=0.02)
for epoch in range(22):
    total_loss = torch.Tensor([0])
    for context, target in trigrams:
        context_ids = torch.LongTensor([word_to_ix[w] for w in context])
        model.zero_grad()
        log_probs = model(context_ids)
        loss = loss_function(log_probs, torch.LongTensor([word_to_ix[target]]))
        loss.backward()
        optimizer.step()
        total_loss += loss.data
    losses.append(total_loss)
    print(epoch, total_loss)
right = 0
for context, target in trigrams:
    guess = model(torch.tensor([word_to_ix[w] for w in context], dtype=torch.long)).max(1)[1]
    right += int(guess.item() == word_to_ix[target])
print("right", right, "of", len(trigrams), model.embeddings)
assert losses[-1].item() < 0.7 * losses[0].item()
