"""Loss functions.

| module | what is in it |
|---|---|
| `regression` | mse_loss, l1_loss, huber_loss, kl_div |
| `cross_entropy`, `binary_cross_entropy` | of classes; of probabilities and logits |
| `margin` | margins, hinges, Poisson and Gaussian likelihoods |
| `ctc` | ctc_loss: Graves' alignment-free sequences |
"""
