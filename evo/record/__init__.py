"""What a run leaves behind: its folder, its SQLite record, checkpoints, snapshots, tables.

May import dominance and the contract of strategies; must not know what drives a run or shows it.
"""
