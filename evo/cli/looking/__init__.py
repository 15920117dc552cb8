"""Commands that look into the record of a run."""
