"""Looking inside by hooks: activations, class activation maps, saliency, guided backpropagation, dead units."""

import functools
import torch
import torch.nn as nn
import torch.nn.functional as F

torch.manual_seed(15)
net = nn.Sequential()
net.add_module("conv1", nn.Conv2d(1, 6, 3, padding=1))
net.add_module("relu1", nn.ReLU())
net.add_module("pool", nn.MaxPool2d(2))
net.add_module("conv2", nn.Conv2d(6, 8, 3, padding=1))
net.add_module("relu2", nn.ReLU())
net.add_module("gap", nn.AdaptiveAvgPool2d(1))
net.add_module("flat", nn.Flatten())
net.add_module("fc", nn.Linear(8, 2))


def stripes(n):
    label = torch.randint(0, 2, (n,))
    wave = torch.sin(torch.arange(10) * 1.8 + torch.rand(n, 1) * 6)
    image = torch.where(label.view(-1, 1, 1).bool(), wave[:, None, :], wave[:, :, None])
    return image.unsqueeze(1) + 0.4 * torch.randn(n, 1, 10, 10), label


activation, gradient, calls = {}, {}, []


def keep(name):
    def hook(module, inputs, output):
        activation[name] = output.detach()
        calls.append(name)

    return hook


handles = [m.register_forward_hook(keep(n)) for n, m in net.named_children() if "relu" in n]
scaled = net.fc.register_forward_pre_hook(lambda m, args: (args[0] * 1.5,))
optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
losses = []
for step in range(25):
    x, y = stripes(16)
    loss = F.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
    dead = (activation["relu1"].amax(dim=(0, 2, 3)) == 0).sum().item()
    print(step, "%.6f" % loss.item(), "dead", dead, "mean activation %.5f" % activation["relu2"].mean())
print(len(calls), {k: tuple(v.shape) for k, v in activation.items()})
for h in handles:
    h.remove()
print(len(calls))
net(x)
print(len(calls))

# Grad-CAM
net.eval()
store = net.conv2.register_full_backward_hook(
    lambda m, gi, go: gradient.update(conv2=go[0], shape=gi[0].shape)
)
handle = net.conv2.register_forward_hook(keep("conv2"))
image, label = stripes(1)
image.requires_grad_()
score = net(image)[0, label.item()]
net.zero_grad()
score.backward(retain_graph=True)
weights = gradient["conv2"].mean(dim=(2, 3), keepdim=True)
cam = F.relu((weights * activation["conv2"]).sum(1, keepdim=True))
cam = F.interpolate(cam, size=image.shape[2:], mode="bilinear", align_corners=False)
print("cam", cam.shape, "%.6f" % cam.mean(), "saliency %.6f" % image.grad.abs().max(), gradient["shape"])

# Guided backpropagation: ReLUs pass back only what is positive
for m in net.modules():
    if isinstance(m, nn.ReLU):
        m.register_full_backward_hook(lambda module, gi, go: (gi[0].clamp(min=0.0),))
image.grad.zero_()
net(image)[0, 0].backward()
print("guided %.6f" % image.grad.norm())

# Hooks of tensors
x = torch.ones(3, requires_grad=True)
y = x * 2
y.retain_grad()
y.register_hook(lambda g: g * 10)
x.register_hook(functools.partial(torch.clamp, max=15))
(y * torch.arange(3.0)).sum().backward()
print(x.grad, y.grad)

# An image that excites a unit: gradient ascent on the input
dream = torch.zeros(1, 1, 10, 10).normal_(0, 0.1).requires_grad_(True)
for step in range(20):
    net(dream)
    objective = activation["conv2"].new_tensor(0.0) + net[:4](dream)[0, 2].mean()
    (g,) = torch.autograd.grad(objective, dream)
    dream.data += 0.5 * g / (g.std() + 1e-8)
print("objective %.5f" % objective.item())
assert losses[-1] < losses[0]
