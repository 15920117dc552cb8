"""Marks that gates compute: whose channels each of them closes, and what is left of the work.

Free of torch. Must not know how marks are computed.
"""
