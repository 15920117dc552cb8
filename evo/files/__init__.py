"""Files and paths: written whole or not at all, absolute from the start, in plain text.

May import errors; must not know runs.
"""
