# Which language is a name from?  A recurrent network made of Linear layers, updated with p.data.add_
import string, random
import torch
import torch.nn as nn

all_letters = string.ascii_letters + " .,;'"
n_letters = len(all_letters)
category_lines = {
    "Latin": "Marcus Lucius Gaius Quintus Titus Publius Aulus Decimus".split(),
    "Norse": "Sigurd Harald Gunnar Ragnar Ulf Bjorn Halfdan Thorstein".split(),
    "Welsh": "Llewelyn Rhys Gwyn Dafydd Gruffydd Owain Myrddin Llyr".split(),
}
all_categories = list(category_lines)
random.seed(8)
torch.manual_seed(8)


def lineToTensor(line):
    tensor = torch.zeros(len(line), 1, n_letters)
    for li, letter in enumerate(line):
        tensor[li][0][all_letters.find(letter)] = 1
    return tensor


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super(RNN, self).__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.i2o = nn.Linear(input_size + hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        combined = torch.cat((input, hidden), 1)
        hidden = torch.tanh(self.i2h(combined))
        output = self.softmax(self.i2o(combined))
        return output, hidden

    def initHidden(self):
        return torch.zeros(1, self.hidden_size)


rnn = RNN(n_letters, 32, len(all_categories))
criterion = nn.NLLLoss()
learning_rate = 0.02


def categoryFromOutput(output):
    top_n, top_i = output.topk(1)
    return all_categories[top_i[0].item()], top_i[0].item()


current_loss, all_losses, right = 0, [], 0
for iteration in range(1, 241):
    category = random.choice(all_categories)
    line = random.choice(category_lines[category])
    target = torch.tensor([all_categories.index(category)], dtype=torch.long)
    hidden = rnn.initHidden()
    rnn.zero_grad()
    for ch in lineToTensor(line):
        output, hidden = rnn(ch, hidden)
    loss = criterion(output, target)
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    current_loss += loss.item()
    if iteration % 10 == 0:
        guess, _ = categoryFromOutput(output)
        print("%d %.5f %s / %s %s" % (iteration, loss, line, guess, "ok" if guess == category else category))
        all_losses.append(current_loss / 10)
        current_loss = 0
print(all_losses)
confusion = torch.zeros(3, 3)
with torch.no_grad():
    for row, category in enumerate(all_categories):
        for line in category_lines[category]:
            hidden = rnn.initHidden()
            for ch in lineToTensor(line):
                output, hidden = rnn(ch, hidden)
            confusion[row][categoryFromOutput(output)[1]] += 1
for i in range(3):
    confusion[i] = confusion[i] / confusion[i].sum()
print(confusion)
assert all_losses[-1] < all_losses[0]
