"""Sentences as vectors: a model of parts, losses of its trainer, search and clustering."""

# /// script
# dependencies = ["sentence-transformers==6.2.0", "transformers", "tokenizers"]
# ///

import json

import torch
from sentence_transformers import util

torch.manual_seed(0)
vectors, others = torch.randn(12, 8), torch.randn(5, 8)
found = {
    "cosine": util.cos_sim(vectors[:3], others).tolist(),
    "dot": util.dot_score(vectors[:3], others).tolist(),
    "pairs": util.pairwise_cos_sim(vectors[:5], others).tolist(),
    "euclid": util.euclidean_sim(vectors[:2], others).tolist(),
    "search": [
        [[hit["corpus_id"], hit["score"]] for hit in hits]
        for hits in util.semantic_search(others, vectors, top_k=3)
    ],
    "communities": util.community_detection(
        torch.cat([vectors[:1] + 0.01 * torch.randn(4, 8), others]), threshold=0.9, min_community_size=2
    ),
    "normal": util.normalize_embeddings(others).sum().item(),
}
print(json.dumps(found))
