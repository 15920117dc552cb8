"""Loaders of a user's own data: one file a format, registered by its name.

`--task NAME:PATH` calls the loader `NAME`; see `fitness.data.loader` for what a file here has. A
loader reads its format and says what it understood; what is the same for all of them (kinds of
target, splits, duplicates, checks) is in `fitness.data`. It must not know of runs or networks.
"""
