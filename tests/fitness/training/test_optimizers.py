"""The optimizers: they are those that the genes name, and each one learns."""

import pytest
import torch

from fitness.training.optimizers import OPTIMIZERS
from genomes.chromosomes import training_genes


def test_genes_name_what_exists() -> None:
    assert set(training_genes.OPTIMIZERS) == set(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_each_goes_down_a_bowl_and_keeps_tensors_alone(name: str) -> None:
    """(x - 1)^2 summed over two groups, from zero; the second one decays."""
    make, scale = OPTIMIZERS[name]
    parts = [torch.zeros(3, requires_grad=True), torch.zeros(2, requires_grad=True)]
    decays = 0.0, 0.1
    optimizer = make(
        [
            {"params": [part], "weight_decay": decay}
            for part, decay in zip(parts, decays, strict=True)
        ],
        0.06 * scale,
    )
    for _ in range(400):
        optimizer.zero_grad()
        torch.stack([(part - 1.0).square().sum() for part in parts]).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    plain, decayed = (part.detach() for part in parts)
    assert torch.allclose(plain, torch.ones(3), atol=0.05)
    assert bool((decayed < plain[0]).all())
    state = optimizer.state[parts[0]].values()
    assert all(isinstance(value, torch.Tensor) for value in state)
