"""Room 3, Embeddings: the target data as every candidate model sees it."""
