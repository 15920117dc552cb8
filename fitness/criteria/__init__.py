"""Pruning criteria, one file each; the file's name is the registered name.

A file has `channel_scores(probe)` and `weight_scores(probe)`, and knows neither plan nor loop.
"""
