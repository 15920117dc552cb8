"""Kinds of targets, one file each; the file's name is the registered name.

May import the data room's checks; must not know of networks or training.
"""
