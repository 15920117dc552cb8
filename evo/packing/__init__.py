"""A run as one file that can be sent, with a manifest by which it can be checked."""
