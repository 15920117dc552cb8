"""Folders of pictures: what lies where, how a file becomes an array, where arrays are kept.

Pillow is imported where a file is opened. Must not know tasks, training or torch.
"""
