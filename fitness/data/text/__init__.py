"""Texts: read from files, cut into tokens, laid out as windows.

Must not know of targets, tasks or networks.
"""
