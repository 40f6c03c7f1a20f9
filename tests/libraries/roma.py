"""Rotations: quaternions, matrices and vectors, their distances, and the nearest rotation."""

# /// script
# dependencies = ["roma==1.8.0"]
#
# [tool.libraries]
# import = ["roma"]
# ///

import json

import roma
import torch

torch.manual_seed(0)
quaternions = roma.random_unitquat(4)
matrices = roma.unitquat_to_rotmat(quaternions)
noisy = torch.randn(5, 3, 3, requires_grad=True)
nearest = roma.special_procrustes(noisy)
nearest[:, 0].sum().backward()
print(
    json.dumps(
        {
            "quaternions": quaternions.tolist(),
            "vectors": roma.rotmat_to_rotvec(matrices).tolist(),
            "nearest": nearest.tolist(),
            "gradient": noisy.grad.tolist(),
            "distance": roma.rotmat_geodesic_distance(matrices[:2], matrices[2:]).tolist(),
            "between": roma.unitquat_slerp(quaternions[0], quaternions[1], torch.linspace(0, 1, 3)).tolist(),
        }
    )
)
