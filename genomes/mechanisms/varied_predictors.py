"""Females vary in more: features they ignore, the control they start from, how they forget."""

from genomes.chromosomes.plain_predictors import PLAIN_PINS

DEFAULT = False
OFF = PLAIN_PINS
