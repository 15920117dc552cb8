"""What in a run was not expected: single results, and shifts after which predictions fail.

Reads the record, also while the run goes on; knows no terminal.
"""
