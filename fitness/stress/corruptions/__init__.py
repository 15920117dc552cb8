"""One file each: a common corruption of inputs, see `fitness.stress.corruption`."""
