"""One file per task: how a model learns from its labels and what its answers mean."""
