"""A decoder with rotary positions, gated layers and normalised keys, trained and sampled greedily."""

# /// script
# dependencies = ["x-transformers==2.31.10"]
#
# [tool.libraries]
# import = ["x_transformers"]
# ///

import json

import torch
from x_transformers import AutoregressiveWrapper, Decoder, TransformerWrapper

KINDS = {
    "plain": {},
    "rotary": {"rotary_pos_emb": True, "use_rmsnorm": True, "ff_glu": True},
    "alibi": {"alibi_pos_bias": True},
    "keys": {"attn_qk_norm": True, "attn_one_kv_head": True, "shift_tokens": 1},
}
found = {}
for name, options in KINDS.items():
    torch.manual_seed(0)
    layers = Decoder(dim=16, depth=2, heads=2, attn_dim_head=8, **options)
    model = AutoregressiveWrapper(TransformerWrapper(num_tokens=40, max_seq_len=16, attn_layers=layers))
    tokens = torch.randint(0, 40, (2, 12))
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(3):
        loss = model(tokens)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    found[name] = [losses, model.eval().generate(tokens[:, :3], 5, temperature=0.0).tolist()]
print(json.dumps(found))
