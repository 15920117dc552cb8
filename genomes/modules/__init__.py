"""Kinds of modules, one file each; `genomes.layout.module_layout` says what such a file has."""
