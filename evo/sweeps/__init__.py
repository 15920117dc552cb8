"""The pruning curve: one network trained at many sparsities, by several curves and seeds.

What `evo sweep` does: plan, trainings, statistics, figures, and what they say. May import
`evo.running` and what is above it; must not know how commands print. (`evo.sweep` is the function,
so this room is not called so.)
"""
