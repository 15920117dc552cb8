"""The network that a user gave, in the folder of the run that makes it smaller.

May import what `evo.record` may; must not know how a run goes, and loads no torch.
"""
