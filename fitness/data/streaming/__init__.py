"""Data that do not fit into memory: inputs that are read by index when they are needed.

`inputs` is free of torch; `loading` reads ahead in processes. Must not know tasks or training.
"""
