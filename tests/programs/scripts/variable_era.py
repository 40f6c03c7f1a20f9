"""A program of the days of Variable and volatile: .data everywhere, size_average, F.tanh, numpy in between."""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Variable
import torch.utils.data as Data

torch.manual_seed(1)
np.random.seed(1)
use_cuda = torch.cuda.is_available()
FloatTensor = torch.cuda.FloatTensor if use_cuda else torch.FloatTensor
LongTensor = torch.cuda.LongTensor if use_cuda else torch.LongTensor

n_data = torch.ones(50, 2)
x0 = torch.normal(2 * n_data, 1)
y0 = torch.zeros(50)
x1 = torch.normal(-2 * n_data, 1)
y1 = torch.ones(50)
x = torch.cat((x0, x1), 0).type(FloatTensor)
y = torch.cat((y0, y1), 0).type(LongTensor)
loader = Data.DataLoader(dataset=Data.TensorDataset(x, y), batch_size=20, shuffle=True, num_workers=0)


class Net(nn.Module):
    def __init__(self, n_feature, n_hidden, n_output):
        super(Net, self).__init__()
        self.hidden = nn.Linear(n_feature, n_hidden)
        self.out = nn.Linear(n_hidden, n_output)
        for m in self.modules():
            if isinstance(m, nn.Linear):
                m.weight.data.normal_(0.0, 0.2)
                m.bias.data.fill_(0)

    def forward(self, x):
        return self.out(F.tanh(self.hidden(x)))


net = Net(2, 10, 2)
if use_cuda:
    net.cuda()
print(net)
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.5)
loss_func = nn.CrossEntropyLoss(size_average=True)
running = []
for epoch in range(5):
    for step, (bx, by) in enumerate(loader):
        bx, by = Variable(bx), Variable(by)
        out = net(bx)
        loss = loss_func(out, by)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        running.append(loss.data.cpu().numpy())
        print("Epoch: %d | step: %d | loss: %.6f" % (epoch, step, loss.data.item()))
test = Variable(x)
prediction = torch.max(F.softmax(net(test), dim=1), 1)[1].data.numpy().squeeze()
accuracy = sum(prediction == y.numpy()) / float(len(prediction))
print("accuracy=%.2f" % accuracy, prediction.shape, np.mean(running[-5:]) < np.mean(running[:5]))
total = sum(np.prod(p.size()) for p in net.parameters())
print("Total params:", total, torch.typename(x), x.is_cuda)
assert accuracy > 0.9 and running[-1] < running[0]
