"""Augmentation that changes its strength over training, by a bred sum of basis functions."""

DEFAULT = False
OFF = {"training.augmentation_course": ()}
