"""The search problem: the networks of a task, or the points of a user's function.

May import breeding and fitness; must not know records, runners or how a run is shown.
"""
