"""A small UNet learns to take noise away; schedulers and a pipeline draw pictures with it."""

# /// script
# dependencies = ["diffusers==0.42.1", "transformers"]
# ///

import json

import torch
from diffusers import (
    AutoencoderKL,
    DDIMPipeline,
    DDIMScheduler,
    DDPMScheduler,
    DPMSolverMultistepScheduler,
    EulerDiscreteScheduler,
    UNet2DConditionModel,
    UNet2DModel,
)
from diffusers.optimization import get_cosine_schedule_with_warmup
from diffusers.training_utils import EMAModel

torch.manual_seed(1)
blocks = {"block_out_channels": (8, 16), "norm_num_groups": 4, "sample_size": 8}
unet = UNet2DModel(
    in_channels=1,
    out_channels=1,
    layers_per_block=1,
    attention_head_dim=4,
    down_block_types=("DownBlock2D", "AttnDownBlock2D"),
    up_block_types=("AttnUpBlock2D", "UpBlock2D"),
    **blocks,
)
pictures, noise = torch.rand(4, 1, 8, 8), DDPMScheduler(num_train_timesteps=100)
optimizer = torch.optim.AdamW(unet.parameters(), lr=1e-3)
rate = get_cosine_schedule_with_warmup(optimizer, 2, 10)
average = EMAModel(unet.parameters(), decay=0.9)
losses = []
for _ in range(4):
    added, when = torch.randn_like(pictures), torch.randint(0, 100, (4,))
    guess = unet(noise.add_noise(pictures, added, when), when).sample
    loss = torch.nn.functional.mse_loss(guess, added)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    rate.step()
    average.step(unet.parameters())
    losses.append(loss.item())
found = {"losses": losses, "average": sum(p.sum().item() for p in average.shadow_params)}
for kind in (DDIMScheduler, DPMSolverMultistepScheduler, EulerDiscreteScheduler):
    steps = kind(num_train_timesteps=100)
    steps.set_timesteps(4)
    sample = torch.randn(1, 1, 8, 8, generator=torch.Generator().manual_seed(2)) * steps.init_noise_sigma
    for moment in steps.timesteps:
        with torch.no_grad():
            noisy = unet(steps.scale_model_input(sample, moment), moment).sample
        sample = steps.step(noisy, moment, sample).prev_sample
    found[kind.__name__] = sample.flatten()[:6].tolist()
pipeline = DDIMPipeline(unet, DDIMScheduler(num_train_timesteps=100))
pipeline.set_progress_bar_config(disable=True)
drawn = pipeline(2, torch.Generator().manual_seed(0), num_inference_steps=3, output_type="np").images
found["pipeline"] = drawn.mean((1, 2, 3)).tolist()
words = UNet2DConditionModel(
    cross_attention_dim=12,
    attention_head_dim=4,
    layers_per_block=1,
    in_channels=2,
    out_channels=2,
    down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
    up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    **blocks,
)
found["words"] = words(torch.randn(1, 2, 8, 8), 5, torch.randn(1, 3, 12)).sample.flatten()[:5].tolist()
coder = AutoencoderKL(block_out_channels=(8,), norm_num_groups=4, latent_channels=2)
latent = coder.encode(torch.rand(1, 3, 8, 8)).latent_dist
found["coder"] = [latent.kl().item(), coder.decode(latent.sample()).sample.mean().item()]
print(json.dumps(found))
