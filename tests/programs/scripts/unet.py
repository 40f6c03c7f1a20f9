"""Segmenting discs with a small U-Net: skip connections, ConvTranspose2d, a soft Dice loss and IoU."""

import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(99)


class DoubleConv(nn.Module):
    def __init__(self, in_ch, out_ch):
        super().__init__()
        self.double_conv = nn.Sequential(
            nn.Conv2d(in_ch, out_ch, 3, padding=1),
            nn.GroupNorm(2, out_ch),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_ch, out_ch, 3, padding="same"),
            nn.InstanceNorm2d(out_ch, affine=True),
            nn.SiLU(inplace=True),
        )

    def forward(self, x):
        return self.double_conv(x)


class UNet(nn.Module):
    def __init__(self, c=6):
        super().__init__()
        self.inc = DoubleConv(1, c)
        self.down1 = nn.Sequential(nn.MaxPool2d(2), DoubleConv(c, 2 * c))
        self.down2 = nn.Sequential(nn.AvgPool2d(2), DoubleConv(2 * c, 4 * c))
        self.up1 = nn.ConvTranspose2d(4 * c, 2 * c, kernel_size=2, stride=2)
        self.conv1 = DoubleConv(4 * c, 2 * c)
        self.up2 = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True)
        self.conv2 = DoubleConv(3 * c, c)
        self.outc = nn.Conv2d(c, 1, kernel_size=1)

    def forward(self, x):
        x1 = self.inc(x)
        x2 = self.down1(x1)
        x3 = self.down2(x2)
        y = self.up1(x3)
        dy, dx = x2.size(2) - y.size(2), x2.size(3) - y.size(3)
        y = F.pad(y, [dx // 2, dx - dx // 2, dy // 2, dy - dy // 2])
        y = self.conv1(torch.cat([x2, y], dim=1))
        y = F.pad(self.up2(y), (0, x1.shape[-1] - 2 * y.shape[-1]))
        return self.outc(self.conv2(torch.cat([x1, y], dim=1)))


def discs(n, height=12, width=14):
    yy, xx = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    cy, cx = torch.randint(3, height - 3, (n, 1, 1)), torch.randint(3, width - 3, (n, 1, 1))
    r = 2 + 2 * torch.rand(n, 1, 1)
    mask = ((yy - cy) ** 2 + (xx - cx) ** 2 < r**2).float().unsqueeze(1)
    return mask + 0.5 * torch.randn_like(mask), mask


def dice_loss(logits, target, smooth=1.0):
    p = torch.sigmoid(logits).flatten(1)
    t = target.flatten(1)
    return (1 - (2 * (p * t).sum(1) + smooth) / (p.sum(1) + t.sum(1) + smooth)).mean()


net = UNet()
optimizer = torch.optim.RMSprop(net.parameters(), lr=1e-3, weight_decay=1e-8, momentum=0.5)
scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, "min", patience=4)
losses = []
for step in range(26):
    images, masks = discs(8)
    logits = net(images)
    loss = F.binary_cross_entropy_with_logits(logits, masks) + dice_loss(logits, masks)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    scheduler.step(loss)
    losses.append(loss.item())
    print(step, "%.6f" % loss.item())
net.eval()
with torch.inference_mode():
    images, masks = discs(16)
    predicted = net(images) > 0
    iou = (predicted & masks.bool()).sum() / (predicted | masks.bool()).sum()
print("iou %.4f" % iou, predicted.dtype, tuple(logits.shape))
print(net.up1, net.up2, sum(p.numel() for p in net.parameters()))
assert losses[-1] < 0.8 * losses[0]
