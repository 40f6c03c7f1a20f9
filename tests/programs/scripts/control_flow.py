# A network whose graph is decided by Python: a middle layer is applied a random number of times.
import random
import torch
import math


class Dynamic(torch.nn.Module):
    def __init__(self, d_in, h, d_out):
        super(Dynamic, self).__init__()
        self.first = torch.nn.Linear(d_in, h)
        self.middle = torch.nn.Linear(h, h)
        self.last = torch.nn.Linear(h, d_out)

    def forward(self, x):
        h = self.first(x).clamp(min=0)
        for _ in range(random.randint(0, 3)):
            h = self.middle(h).clamp(min=0)
        return self.last(h)

    def string(self):
        return "shared weight of norm %.5f" % self.middle.weight.norm()


random.seed(1)
torch.manual_seed(1)
x = torch.randn(64, 50)
y = torch.randn(64, 2)
model = Dynamic(50, 32, 2)
criterion = torch.nn.MSELoss(reduction="sum")
optimizer = torch.optim.SGD(model.parameters(), lr=5e-4, momentum=0.9)
total = []
for t in range(60):
    loss = criterion(model(x), y)
    assert math.isfinite(loss.item())
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    total.append(float(loss))
    if t < 25 or t % 10 == 9:
        print(t, loss.item())
print(model.string())
print(model)
assert sum(total[-10:]) < 0.6 * sum(total[:10])
