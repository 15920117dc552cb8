"""The files that `evo template` writes; evo itself imports none of them."""
