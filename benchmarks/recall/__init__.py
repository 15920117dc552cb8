"""Associative recall over long texts: a memory, a window of equal bytes, a context alone."""
