"""A spatial transformer network: pooling whose result is rectified in place, sampling by a learned grid."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(0)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.localization = nn.Sequential(
            nn.Conv2d(1, 4, kernel_size=3),
            nn.MaxPool2d(2, stride=2),
            nn.ReLU(True),
            nn.Conv2d(4, 5, kernel_size=3),
            nn.MaxPool2d(2, stride=2),
            nn.ReLU(True),
        )
        self.fc_loc = nn.Sequential(nn.Linear(5 * 2 * 2, 8), nn.ReLU(True), nn.Linear(8, 3 * 2))
        self.fc_loc[2].weight.data.zero_()
        self.fc_loc[2].bias.data.copy_(torch.tensor([1, 0, 0, 0, 1, 0], dtype=torch.float))
        self.fc = nn.Linear(196, 3)

    def stn(self, x):
        theta = self.fc_loc(self.localization(x).view(-1, 5 * 2 * 2)).view(-1, 2, 3)
        grid = F.affine_grid(theta, x.size(), align_corners=False)
        return F.grid_sample(x, grid, align_corners=False)

    def forward(self, x):
        return F.log_softmax(self.fc(self.stn(x).flatten(1)), dim=1)


images, labels = torch.rand(30, 1, 14, 14), torch.arange(30) % 3
for i in range(30):
    images[i, 0, :, labels[i] * 4 : labels[i] * 4 + 4] += 1
model = Net()
optimizer = torch.optim.SGD(model.parameters(), lr=0.05)
losses = []
for epoch in range(12):
    optimizer.zero_grad()
    loss = F.nll_loss(model(images), labels)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    if epoch % 3 == 0:
        print(f"epoch {epoch} loss {loss.item():.4f}", model.fc_loc[2].bias.data)
print((model(images).argmax(1) == labels).sum().item(), model.stn(images).mean())
assert losses[-1] < losses[0]
