"""Strategies, one file each; the file's name is the registered name.

May import breeding and the contract `evo.strategy`; must not know the engine, records or workers.
"""
