"""Metrics, one file each; the file's name is the registered name.

May import scikit-learn where a value is computed; must not know of networks or tasks.
"""
