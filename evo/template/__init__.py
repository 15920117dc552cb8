"""The experiment that `evo template` writes: its folder, and the files in it."""
