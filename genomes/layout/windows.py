"""Kernels and strides that convolutions may have, by the number of dimensions they move in.

Sequences are longer than the sides of images, and in one dimension a wide window costs little.
"""

from __future__ import annotations

KERNELS = {1: (3, 5, 9, 15, 31), 2: (3, 5)}
STRIDES = {1: (1, 2, 4), 2: (1, 2)}
