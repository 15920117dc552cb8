"""The files that `evo template` hands out; evo itself imports none of them."""
