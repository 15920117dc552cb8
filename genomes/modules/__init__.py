"""Kinds of modules, one file each; `genomes.module_layout` says what such a file has."""
