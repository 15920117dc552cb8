"""The settings of a run: frozen, validated values, from TOML, the command line and Python.

May import the record, the storage and the engine's limits; must not know how a run is carried out.
"""
