"""Augmentation of texts: in training some tokens are replaced, and embeddings get noise."""

DEFAULT = False
OFF = {"training.*token_replacement": 0.0, "training.*embedding_noise": 0.0}
