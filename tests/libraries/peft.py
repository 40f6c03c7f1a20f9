"""A network with adapters: LoRA, DoRA, IA3, LoHa; and LoRA merged into its weights."""

# /// script
# dependencies = ["peft==0.21.2"]
#
# [tool.libraries]
# import = ["peft"]
# ///

import json

import peft
import torch

KINDS = {
    "lora": peft.LoraConfig(target_modules=["0", "2"], r=2, use_rslora=True),
    "dora": peft.LoraConfig(target_modules=["0"], r=2, use_dora=True),
    "ia3": peft.IA3Config(target_modules=["0", "2"], feedforward_modules=["2"]),
    "loha": peft.LoHaConfig(target_modules=["0"], r=2),
}
found = {}
for name, config in KINDS.items():
    torch.manual_seed(0)
    model = peft.get_peft_model(
        torch.nn.Sequential(torch.nn.Linear(8, 8), torch.nn.ReLU(), torch.nn.Linear(8, 4)), config
    )
    x = torch.randn(6, 8)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.1)
    losses = []
    for _ in range(3):
        loss = model(x).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    found[name] = [losses, model.eval()(x).sum().item(), model.merge_and_unload()(x).sum().item()]
print(json.dumps(found))
