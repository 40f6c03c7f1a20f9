"""Small language models trained for a few steps, and text that they continue."""

# /// script
# dependencies = ["transformers==5.24.0"]
#
# [tool.libraries]
# import = ["transformers", "transformers.models.gpt2.modeling_gpt2"]
# ///

import json

import torch
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    T5Config,
    T5ForConditionalGeneration,
)

SMALL = {
    "vocab_size": 50,
    "hidden_size": 16,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 32,
}
tokens = torch.tensor([[3, 4, 5, 9], [7, 8, 2, 6]])


def trained(model, labels):
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    found = []
    for _ in range(3):
        loss = model(input_ids=tokens, labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return found


torch.manual_seed(0)
gpt = GPT2LMHeadModel(
    GPT2Config(n_layer=2, n_head=2, n_embd=16, vocab_size=50, n_positions=32, bos_token_id=0, eos_token_id=1)
)
llama = LlamaForCausalLM(LlamaConfig(**SMALL, num_key_value_heads=1))
t5 = T5ForConditionalGeneration(
    T5Config(d_model=16, d_kv=8, d_ff=16, num_layers=1, num_heads=2, vocab_size=50, decoder_start_token_id=0)
)
found = {
    "gpt2": trained(gpt, tokens),
    "llama": trained(llama, tokens),
    "bert": trained(BertForSequenceClassification(BertConfig(**SMALL)), torch.tensor([0, 1])),
    "t5": trained(t5, tokens),
    "greedy": gpt.eval().generate(tokens, max_new_tokens=5, do_sample=False, pad_token_id=0).tolist(),
    "beams": llama.eval().generate(tokens, max_new_tokens=4, num_beams=2, pad_token_id=0).tolist(),
}
print(json.dumps(found))
