"""Published data sets: where their files are found, fetched from, and how they are checked.

Nothing is ever unpickled. Must not know tasks.
"""
