"""Mixture of experts: transformers' feed-forward layers become experts, two a position."""

DEFAULT = False
OFF = {"architecture.*experts": 1}
