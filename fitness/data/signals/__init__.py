"""Recordings in a folder: which files have which class, how they become arrays of one shape.

`listing` knows folders, `headers` what files say of themselves, `decoding` reads them. Must not
know tasks. The library soundfile is imported where a file is opened, never before.
"""
