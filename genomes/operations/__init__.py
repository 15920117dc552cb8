"""Operations of networks, one file each: `genomes.graph.operation` says what such a file has."""
