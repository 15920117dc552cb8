"""Runs jobs in this process, or on Ray workers with packing, retries and time limits.

May import the values of an evaluation; must not know what is trained, strategies or records.
"""
