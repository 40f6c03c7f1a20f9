"""A small residual network on drawn images of crosses and rings, with BatchNorm2d and momentum SGD."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.utils.data import Dataset, DataLoader


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, in_planes, planes, stride=1):
        super(BasicBlock, self).__init__()
        self.conv1 = nn.Conv2d(in_planes, planes, kernel_size=3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(planes)
        self.conv2 = nn.Conv2d(planes, planes, kernel_size=3, stride=1, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(planes)
        self.shortcut = nn.Sequential()
        if stride != 1 or in_planes != self.expansion * planes:
            self.shortcut = nn.Sequential(
                nn.Conv2d(in_planes, self.expansion * planes, kernel_size=1, stride=stride, bias=False),
                nn.BatchNorm2d(self.expansion * planes),
            )

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += self.shortcut(x)
        return F.relu(out)


class ResNet(nn.Module):
    def __init__(self, block, num_blocks, num_classes=3):
        super(ResNet, self).__init__()
        self.in_planes = 8
        self.conv1 = nn.Conv2d(1, 8, 3, 1, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(8)
        self.layer1 = self._make_layer(block, 8, num_blocks[0], stride=1)
        self.layer2 = self._make_layer(block, 16, num_blocks[1], stride=2)
        self.linear = nn.Linear(16 * block.expansion, num_classes)
        for m in self.modules():
            if isinstance(m, nn.Conv2d):
                nn.init.kaiming_normal_(m.weight, mode="fan_out", nonlinearity="relu")

    def _make_layer(self, block, planes, num_blocks, stride):
        strides = [stride] + [1] * (num_blocks - 1)
        layers = []
        for stride in strides:
            layers.append(block(self.in_planes, planes, stride))
            self.in_planes = planes * block.expansion
        return nn.Sequential(*layers)

    def forward(self, x):
        out = F.relu(self.bn1(self.conv1(x)))
        out = self.layer2(self.layer1(out))
        out = F.adaptive_avg_pool2d(out, 1).flatten(1)
        return self.linear(out)


class Shapes(Dataset):
    def __init__(self, n, seed):
        generator = torch.Generator().manual_seed(seed)
        self.images = 0.3 * torch.randn(n, 1, 12, 12, generator=generator)
        self.labels = torch.randint(0, 3, (n,), generator=generator)
        grid = torch.arange(12.0) - 5.5
        radius = (grid[:, None] ** 2 + grid[None, :] ** 2).sqrt()
        masks = [
            (radius - 4).abs() < 0.8,
            grid.abs()[:, None].expand(12, 12) < 1,
            (grid[:, None] - grid[None, :]).abs() < 1,
        ]
        for i, label in enumerate(self.labels.tolist()):
            self.images[i, 0][masks[label]] += 1

    def __len__(self):
        return len(self.labels)

    def __getitem__(self, i):
        return self.images[i], self.labels[i]


torch.manual_seed(0)
trainloader = DataLoader(Shapes(96, 1), batch_size=16, shuffle=True, drop_last=True)
testloader = DataLoader(Shapes(48, 2), batch_size=24, shuffle=False)
net = ResNet(BasicBlock, [1, 1])
optimizer = torch.optim.SGD(net.parameters(), lr=0.02, momentum=0.9, weight_decay=5e-4)
scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, milestones=[2, 3], gamma=0.1)
criterion = nn.CrossEntropyLoss()
for epoch in range(4):
    net.train()
    for batch_idx, (inputs, targets) in enumerate(trainloader):
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, targets)
        loss.backward()
        optimizer.step()
        print(epoch, batch_idx, "Loss: %.6f" % loss.item())
    scheduler.step()
net.eval()
correct = total = 0
with torch.no_grad():
    for inputs, targets in testloader:
        _, predicted = net(inputs).max(1)
        total += targets.size(0)
        correct += predicted.eq(targets).sum().item()
print("Acc: %.1f%% (%d/%d)" % (100.0 * correct / total, correct, total))
print("running mean %.5f var %.5f" % (net.bn1.running_mean.mean(), net.bn1.running_var.mean()))
print(sum(p.numel() for p in net.parameters()), list(net.state_dict().keys())[:7])
assert correct > 40
