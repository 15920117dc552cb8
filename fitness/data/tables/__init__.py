"""Tables of rows and named columns: read, understood, coded, split, made a task.

pandas reads them, and is loaded when a table is. Must not know of networks.
"""
