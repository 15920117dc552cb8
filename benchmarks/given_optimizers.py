"""With which optimizer and rate does a narrower copy of a given transformer learn most?

Usage: python benchmarks/given_optimizers.py [--seeds 3] [--output FILE]
       python benchmarks/given_optimizers.py --language [--seeds 3] [--output FILE]

For each seed a small vision transformer is trained on digits (accuracy), or a language model on
20,000 characters of Python's documentation (bits per byte), from scratch and by a loop of its own.
It is then given to evo, whose copy of half the width is trained for 12 epochs, taught as the
family's textbook says, once with each optimizer and each learning rate as the genes name it (that
of SGD: AdamW takes a tenth). Figures are of test data, means over the seeds.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np
import torch
from torch import Tensor, nn

sys.path.insert(0, str(Path(__file__).parents[1]))

from evo.problems.network_problem import NetworkProblem
from evo.settings.config import RunConfig, resolve
from evo.sweeps.networks import textbook_genome
from fitness.baselines import given_network
from fitness.data.given.options import ModelOptions
from fitness.data.given.reading import given_module
from fitness.data.options import DataOptions
from fitness.data.task import Task
from fitness.data.task_objects import remember
from fitness.data.task_reference import TaskReference
from fitness.evaluators.network import NetworkEvaluator
from fitness.metric import Metric
from fitness.objective import Objective
from fitness.training.numerics import Numerics

HALF = 4  # number of the textbook's network: uniform widths of .5
COPY_EPOCHS = 12
RECIPES = [("sgd", rate) for rate in (0.03, 0.1)]
RECIPES += [("adamw", rate) for rate in (0.005, 0.01, 0.02, 0.05, 0.1)]
EPOCHS, RATE = 40, 0.003  # of the training of what is given
BATCHES = {"digits": 64, "text": 16}
WIDTH, HEADS, WINDOW, CHARACTERS = 32, 4, 32, 20_000


def encoder() -> nn.TransformerEncoder:
    layer = nn.TransformerEncoderLayer(
        WIDTH, HEADS, 2 * WIDTH, dropout=0.0, batch_first=True, norm_first=True
    )
    return nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)


class VisionTransformer(nn.Module):
    """Patches of two by two pixels, learnt positions, two blocks, the mean of the positions."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(1, WIDTH, 2, 2)
        self.positions = nn.Parameter(0.1 * torch.randn(1, 16, WIDTH))
        self.encoder = encoder()
        self.head = nn.Linear(WIDTH, 10)

    def forward(self, x: Tensor) -> Tensor:
        x = self.patches(x).flatten(2).transpose(1, 2) + self.positions
        return self.head(self.encoder(x).mean(1))


class LanguageModel(nn.Module):
    """Embeddings, learnt positions, two causal blocks, scores of the tokens."""

    def __init__(self, tokens: int) -> None:
        super().__init__()
        self.embed = nn.Embedding(tokens, WIDTH)
        self.positions = nn.Parameter(0.1 * torch.randn(1, WINDOW, WIDTH))
        self.encoder, self.norm = encoder(), nn.LayerNorm(WIDTH)
        self.head = nn.Linear(WIDTH, tokens)

    def forward(self, x: Tensor) -> Tensor:
        mask = nn.Transformer.generate_square_subsequent_mask(WINDOW, dtype=self.positions.dtype)
        x = self.encoder(self.embed(x) + self.positions, mask=mask, is_causal=True)
        return self.head(self.norm(x)).transpose(1, 2)


def load(kind: str, folder: str) -> Task:
    """Load the task that networks of a kind learn."""
    if kind == "digits":
        return TaskReference("digits").load()
    path = Path(folder) / "documentation.txt"
    path.write_text("".join(topics.values())[:CHARACTERS], encoding="utf-8")
    return TaskReference(f"text:{path}", options=DataOptions(window=WINDOW)).load()


def trained(task: Task, kind: str, seed: int) -> nn.Module:
    """Train a network from scratch."""
    torch.manual_seed(seed)
    y = torch.from_numpy(task.target.encoded(task.train.y))
    if task.tokens is None:
        network: nn.Module = VisionTransformer()
        x = torch.from_numpy(task.train.array).float() / 255
    else:
        network, x = LanguageModel(task.tokens), torch.from_numpy(task.train.array).long()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, EPOCHS)
    for _ in range(EPOCHS):
        for part in torch.randperm(len(x)).split(BATCHES[kind]):
            optimizer.zero_grad()
            task.target.loss(network(x[part]), y[part]).backward()
            optimizer.step()
        schedule.step()
    return network.eval()


def copies(plain: Task, kind: str, seed: int) -> Iterator[tuple[str, float]]:
    """Yield what was given and its copy by each recipe: the metric on test data."""
    module = trained(plain, kind, seed)
    task = plain.with_network(given_module(module, plain, ModelOptions()))
    assert task.given is not None
    assert task.given.teaches
    config = resolve(
        RunConfig(device="cpu", mechanisms=("teaching",), stages=(COPY_EPOCHS,)), task
    )
    objectives = [Objective.load(name) for name in config.objectives]
    numerics = Numerics.for_device("cpu")
    problem = NetworkProblem.of(task, objectives, config.model_dump(), {}, numerics)
    evaluator = NetworkEvaluator(TaskReference(remember(task)), numerics)
    metric = Metric.load(task.target.primary)
    yield "as it was given", given_network(task, task.given).value(metric, task.test)
    half = textbook_genome(HALF, problem.space)
    for optimizer, rate in RECIPES:
        training = half.chromosomes["training"].replacing(optimizer=optimizer, learning_rate=rate)
        genome = replace(half, chromosomes=half.chromosomes.replacing(training=training))
        job = replace(problem.job(genome, 0, problem.adult_epochs), seed=seed)
        done = evaluator.evaluate(job)
        assert done.checkpoint is not None, done.reason
        test = evaluator.measure(job.expressed, done.checkpoint, "test")
        yield f"{optimizer} {rate:g}", test


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--language", action="store_true")
    parser.add_argument("--output", type=Path)
    options = parser.parse_args(arguments)
    kind = "text" if options.language else "digits"
    found: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        task = load(kind, folder)
        for seed in range(options.seeds):
            for name, value in copies(task, kind, seed):
                found.setdefault(name, []).append(value)
            print(f"seed {seed}", file=sys.stderr, flush=True)
    metric = "bits per byte" if options.language else "accuracy"
    lines = [f"{kind}, half the width, {options.seeds} seeds: {metric} on test data"]
    lines += [
        f"{name:<18}{np.mean(each):>9.4f}   {', '.join(f'{one:.4f}' for one in each)}"
        for name, each in found.items()
    ]
    text = "\n".join(lines) + "\n"
    print(text)
    if options.output:
        options.output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
