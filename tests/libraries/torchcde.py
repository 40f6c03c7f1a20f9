"""A controlled differential equation over interpolated observations."""

# /// script
# dependencies = ["torchcde==0.2.5"]
# ///

import json

import torch
import torchcde


class Field(torch.nn.Module):
    """A matrix for each state, by which the control moves it."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(4, 4 * 3)

    def forward(self, t, z):
        """The matrix at z."""
        return self.linear(z).tanh().view(*z.shape, 3)


torch.manual_seed(0)
field, observed = Field(), torch.randn(2, 6, 3)
results = {}
for name in (
    "natural_cubic_coeffs",
    "hermite_cubic_coefficients_with_backward_differences",
    "linear_interpolation_coeffs",
):
    coefficients = getattr(torchcde, name)(observed)
    linear = name.startswith("linear")
    curve = (torchcde.LinearInterpolation if linear else torchcde.CubicSpline)(coefficients)
    options = {"method": "rk4", "options": {"step_size": 0.5}}
    z = torchcde.cdeint(X=curve, func=field, z0=torch.ones(2, 4), t=curve.interval, adjoint=False, **options)
    field.zero_grad()
    z[:, -1].sum().backward()
    results[name] = [z.tolist(), field.linear.weight.grad.tolist()]
print(json.dumps(results))
