"""What a run found: its front measured again, baselines, the choice of a member, tables.

May import the record and problems; must not know how a run is driven or shown.
"""
