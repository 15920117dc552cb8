"""One file each: a common corruption of inputs, see `evo.stress.corruption`."""
