"""Tables, rivals and evo for `benchmarks/tables_boosting.py`: one file each."""
