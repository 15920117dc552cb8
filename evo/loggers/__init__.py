"""Loggers that people already use, one file each; the file's name is the registered name.

A file has `make(folder, settings)`, which returns an `evo.engine.logger.Logger`, and may import
what is not installed: a run loads only the loggers that it names.
"""
