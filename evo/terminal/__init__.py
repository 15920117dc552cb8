"""What the terminal shows of a run: the live screen, one individual, a summary.

May import the record, settings and text; computes nothing that a run depends on.
"""
