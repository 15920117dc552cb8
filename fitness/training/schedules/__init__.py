"""Basis functions of schedules over training, one file each, called by its name."""
