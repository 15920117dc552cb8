"""Epigenetic marks: channel groups silenced at birth; they change in life, and are inherited."""

from genomes.chromosomes.epigenome import GROUPS, MAXIMUM_STAGES

DEFAULT = True
OFF = {
    "epigenome.marks": ("1" * GROUPS,) * MAXIMUM_STAGES,
    "epigenome.initial_methylation": 0.0,
    "epigenome.plasticity": 0.0,
}
