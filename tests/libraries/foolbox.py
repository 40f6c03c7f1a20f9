"""Images moved a little until a classifier errs, by five attacks."""

# /// script
# dependencies = ["foolbox==3.3.4"]
# ///

import json

import foolbox
import torch

torch.manual_seed(0)
model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 4, 3), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(144, 3)
).eval()
images = torch.rand(5, 1, 8, 8)
labels = model(images).argmax(1)
wrapped = foolbox.PyTorchModel(model, bounds=(0, 1))
attacks = foolbox.attacks
results = {"accuracy": foolbox.utils.accuracy(wrapped, images, labels)}
for attack, size in (
    (attacks.FGSM(), 0.1),
    (attacks.LinfPGD(steps=4), 0.1),
    (attacks.L2PGD(steps=4), 0.6),
    (attacks.L2DeepFoolAttack(steps=4), 0.6),
    (attacks.LinfBasicIterativeAttack(steps=4), 0.05),
):
    torch.manual_seed(1)
    _, moved, success = attack(wrapped, images, labels, epsilons=size)
    results[type(attack).__name__] = [moved.tolist(), success.tolist()]
print(json.dumps(results))
