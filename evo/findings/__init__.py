"""What a run found: its front measured again, beside baselines; its record as tables.

May import the record and problems; must not know how a run is driven or shown.
"""
