"""An image optimised to have another's texture: Gram matrices of random features, content and variation."""

import copy
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

torch.manual_seed(0)
SIZE = 16


def gram_matrix(input):
    a, b, c, d = input.size()
    features = input.view(a * b, c * d)
    G = torch.mm(features, features.t())
    return G.div(a * b * c * d)


class ContentLoss(nn.Module):
    def __init__(self, target):
        super(ContentLoss, self).__init__()
        self.target = target.detach()

    def forward(self, input):
        self.loss = F.mse_loss(input, self.target)
        return input


class StyleLoss(nn.Module):
    def __init__(self, target_feature):
        super(StyleLoss, self).__init__()
        self.target = gram_matrix(target_feature).detach()

    def forward(self, input):
        self.loss = F.mse_loss(gram_matrix(input), self.target)
        return input


class Normalization(nn.Module):
    def __init__(self, mean, std):
        super(Normalization, self).__init__()
        self.mean = mean.clone().detach().view(-1, 1, 1)
        self.std = std.clone().detach().view(-1, 1, 1)

    def forward(self, img):
        return (img - self.mean) / self.std


cnn = nn.Sequential(
    nn.Conv2d(3, 8, 3, padding=1),
    nn.ReLU(inplace=True),
    nn.Conv2d(8, 8, 3, padding=1, padding_mode="reflect"),
    nn.ReLU(inplace=True),
    nn.MaxPool2d(kernel_size=2, stride=2),
    nn.Conv2d(8, 16, 3, padding=1, dilation=1),
    nn.ReLU(inplace=True),
).eval()
grid = torch.linspace(0, 1, SIZE)
content = torch.stack(
    [grid.expand(SIZE, SIZE), grid.flip(0)[:, None].expand(SIZE, SIZE), torch.full((SIZE, SIZE), 0.5)]
)[None]
checks = ((torch.arange(SIZE)[:, None] // 2 + torch.arange(SIZE) // 2) % 2).float()
style = torch.stack([checks, 1 - checks, 0.3 * checks]).unsqueeze(0)

content_losses, style_losses, i = [], [], 0
model = nn.Sequential(Normalization(torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])))
for layer in copy.deepcopy(cnn).children():
    if isinstance(layer, nn.Conv2d):
        i += 1
        name = "conv_{}".format(i)
    elif isinstance(layer, nn.ReLU):
        name = "relu_{}".format(i)
        layer = nn.ReLU(inplace=False)
    else:
        name = "pool_{}".format(i)
    model.add_module(name, layer)
    if name == "conv_2":
        content_losses.append(ContentLoss(model(content)))
        model.add_module("content_loss_{}".format(i), content_losses[-1])
    if name.startswith("conv"):
        style_losses.append(StyleLoss(model(style)))
        model.add_module("style_loss_{}".format(i), style_losses[-1])
model.requires_grad_(False)
print(model)

image = content.clone().requires_grad_(True)
optimizer = optim.LBFGS([image], lr=0.2, max_iter=3)
run, trace = [0], []
while run[0] <= 40:

    def closure():
        with torch.no_grad():
            image.clamp_(0, 1)
        optimizer.zero_grad()
        model(image)
        style_score = sum(s.loss for s in style_losses) * 100
        content_score = sum(c.loss for c in content_losses)
        variation = (image[..., 1:] - image[..., :-1]).abs().mean() + (
            image[:, :, 1:] - image[:, :, :-1]
        ).abs().mean()
        loss = style_score + content_score + 0.01 * variation
        loss.backward()
        run[0] += 1
        trace.append(loss.item())
        if run[0] <= 20:  # later ones part, as the search does on another processor
            print(
                "run {}: style {:.6f} content {:.6f} tv {:.6f}".format(
                    run[0], style_score.item(), content_score.item(), variation.item()
                )
            )
        return loss

    optimizer.step(closure)
with torch.no_grad():
    image.clamp_(0, 1)
picture = (image.squeeze(0).permute(1, 2, 0).mul(255).byte()).numpy()
print(picture.shape, picture.dtype, 0 <= picture.min() <= picture.max() <= 255)
assert min(trace) < 0.8 * trace[0]
