"""Mirrors of run folders on a shared file system or in an object store.

May import the record; must not know settings, engines or tasks.
"""
