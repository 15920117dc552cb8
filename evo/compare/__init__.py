"""Groups of runs against each other: hypervolume, cost, fronts, statistics, one page.

May import the record, dominance and plots' style; must not know how runs are driven.
"""
