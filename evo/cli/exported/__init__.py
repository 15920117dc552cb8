"""Commands on a folder that `evo export` wrote: they rebuild its network, run none of its code."""
