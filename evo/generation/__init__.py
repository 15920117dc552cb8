"""Exported networks that continue a text: tokens in, one after the other out.

May import evo.export and what stands above it; must not know how text is shown.
"""
