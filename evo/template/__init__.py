"""The experiment that `evo template` hands out: its folder, and the files in it."""
