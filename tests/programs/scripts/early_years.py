"""The idioms of 2017: tensor.new, .data, LongTensor.random_, size_average, Functions by hand, no @, no dtype."""

from __future__ import print_function
import torch, math, sys, warnings
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.autograd import Variable, Function
import torch.nn.init as init

warnings.filterwarnings("ignore")
torch.manual_seed(1234)
if torch.cuda.is_available():
    torch.cuda.manual_seed(1234)


def to_var(x, requires_grad=False):
    if torch.cuda.is_available():
        x = x.cuda()
    return Variable(x, requires_grad=requires_grad)


class LinearFunction(Function):
    @staticmethod
    def forward(ctx, input, weight, bias=None):
        ctx.save_for_backward(input, weight, bias)
        output = input.mm(weight.t())
        if bias is not None:
            output += bias.unsqueeze(0).expand_as(output)
        return output

    @staticmethod
    def backward(ctx, grad_output):
        input, weight, bias = ctx.saved_tensors
        gi = gw = gb = None
        if ctx.needs_input_grad[0]:
            gi = grad_output.mm(weight)
        if ctx.needs_input_grad[1]:
            gw = grad_output.t().mm(input)
        if bias is not None and ctx.needs_input_grad[2]:
            gb = grad_output.sum(0).squeeze(0)
        return gi, gw, gb


class GradReverse(Function):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)

    @staticmethod
    def backward(ctx, g):
        return g.neg() * 0.1


class STE(torch.autograd.Function):
    @staticmethod
    def forward(ctx, i):
        return torch.sign(i)

    @staticmethod
    def backward(ctx, g):
        return F.hardtanh(g)


class MyLinear(nn.Module):
    def __init__(self, a, b):
        super(MyLinear, self).__init__()
        self.weight = nn.Parameter(torch.Tensor(b, a))
        self.bias = nn.Parameter(torch.Tensor(b))
        stdv = 1.0 / math.sqrt(self.weight.size(1))
        self.weight.data.uniform_(-stdv, stdv)
        self.bias.data.uniform_(-stdv, stdv)

    def forward(self, x):
        return LinearFunction.apply(x, self.weight, self.bias)

    def __repr__(self):
        return (
            self.__class__.__name__
            + " ("
            + str(self.weight.size(1))
            + " -> "
            + str(self.weight.size(0))
            + ")"
        )


class LSTMCell(nn.Module):
    def __init__(self, i, h):
        super(LSTMCell, self).__init__()
        self.i2h, self.h2h, self.h = nn.Linear(i, 4 * h), nn.Linear(h, 4 * h), h

    def forward(self, x, hid):
        h, c = hid
        h = h.view(h.size(0), -1)
        pre = self.i2h(x.view(x.size(0), -1)) + self.h2h(h)
        gates = pre[:, : 3 * self.h].sigmoid()
        g_t = pre[:, 3 * self.h :].tanh()
        i_t, f_t, o_t = gates[:, : self.h], gates[:, self.h : 2 * self.h], gates[:, -self.h :]
        c_t = torch.mul(c, f_t) + torch.mul(i_t, g_t)
        return torch.mul(o_t, c_t.tanh()), c_t


class Net(nn.Module):
    def __init__(self):
        super(Net, self).__init__()
        self.a, self.b, self.cell, self.c, self.dom = (
            MyLinear(4, 8),
            nn.Linear(8, 8),
            LSTMCell(8, 6),
            nn.Linear(6, 3),
            nn.Linear(6, 2),
        )
        init.xavier_normal_(self.b.weight, gain=math.sqrt(2.0))
        init.constant_(self.b.bias, 0.1)

    def forward(self, x):
        h = Variable(x.data.new(x.size(0), 6).zero_()), Variable(torch.zeros(x.size(0), 6))
        x = F.dropout(F.relu(self.a(x)), 0.2, training=self.training)
        for k in range(3):
            h = self.cell(self.b(x), h)
        return F.log_softmax(self.c(h[0]), dim=1), F.log_softmax(self.dom(GradReverse.apply(h[0])), dim=1)


net = Net()
print(net)
crit = nn.NLLLoss(size_average=False)
opt = optim.SGD(net.parameters(), lr=0.01, momentum=0.9)
x = to_var(torch.randn(24, 4))
y = to_var(torch.LongTensor(24).random_(0, 3))
d = to_var((torch.rand(24) > 0.5).long())
correct = 0
for epoch in range(1, 16):
    opt.zero_grad()
    o, p = net(x)
    loss = crit(o, y) + F.nll_loss(p, d, reduce=False).sum()
    loss.backward()
    torch.nn.utils.clip_grad_norm(net.parameters(), 5)
    opt.step()
    pred = o.data.max(1, keepdim=True)[1]
    correct = pred.eq(y.data.view_as(pred)).cpu().sum()
    print(
        "Train Epoch: {} [{}/{} ({:.0f}%)]\tLoss: {:.6f}".format(
            epoch, epoch * 24, 360, 100.0 * epoch / 15, loss.data.item()
        )
    )
print("Accuracy: {}/{} ({:.0f}%)".format(correct, 24, 100.0 * correct / 24))
t = torch.FloatTensor([[1, 2], [3, 4]])
print(t, t.size(), t.type(), torch.ByteTensor([1, 0]).type(), torch.Tensor(2, 3).size())
one_hot = torch.zeros(4, 3).scatter_(1, torch.LongTensor([[0], [2], [1], [0]]), 1)
print(one_hot)
w = Variable(torch.randn(3), requires_grad=True)
STE.apply(w).sum().backward()
print(w.grad.data)
print(
    torch.range(1, 4) if hasattr(torch, "range") else 0,
    t.view(-1).tolist(),
    t.new([5, 6]),
    t.new(2).fill_(7),
    torch.addmm(1, t, 1, t, t) if False else torch.addmm(t, t, t),
)
print(
    torch.max(t, 1)[0],
    t.mean(0, True) if False else t.mean(0, keepdim=True),
    torch.cat([t, t], 1),
    torch.stack([t, t]).size(),
    t.clone().add_(0.5),
    t.expand(2, 2, 2).contiguous().size(),
)
print(
    t.index_select(0, torch.LongTensor([1])),
    t.masked_select(t.gt(2)),
    t.ge(2) & t.le(3),
    torch.Tensor([3]).long().item(),
    t.cpu().numpy().sum(),
)
print(
    F.sigmoid(t),
    F.softmax(t, dim=-1),
    nn.functional.tanh(t[0]),
    torch.norm(t, 2, 1),
    torch.dist(t, t + 1),
    torch.cross(torch.Tensor([1, 0, 0]), torch.Tensor([0, 1, 0])),
)
hook = []
v = Variable(torch.ones(2, 2), requires_grad=True)
v2 = v + 2
v2.register_hook(lambda g: hook.append(g.sum().item()))
z = v2 * v2 * 3
z.mean().backward()
print(v.grad, hook, v2.grad_fn.name(), v.is_leaf)
z2 = Variable(torch.randn(2, 2), requires_grad=True)
(z2 * 2).backward(torch.Tensor([[1, 0.1], [0.01, 1]]))
print(z2.grad.data)
assert hook == [18.0] and int(correct) > 8
