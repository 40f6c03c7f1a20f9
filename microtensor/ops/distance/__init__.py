"""Distances and similarities between rows.

| module | what is in it |
|---|---|
| `similarity` | cosine_similarity, pairwise_distance |
| `cdist`, `pdist` | all pairs of rows of two matrices, or of one |
| `renorm` | renorm |
"""
