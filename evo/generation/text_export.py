"""An export that continues texts: its network, and what the tokens stand for, of whomever.

Both are read as data (`evo.export.rebuilding`): no code of the folder runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from evo.errors import BadInput
from evo.export.rebuilding import load_export, read_json
from evo.files.paths import shown
from evo.generation.continuing import Continuation
from evo.generation.sampling import Sampling
from fitness.data.arrays import UnusableData
from fitness.data.text.vocabulary import Vocabulary


@dataclass(frozen=True)
class TextExport:
    """A network that continues tokens, and their vocabulary."""

    continuation: Continuation
    vocabulary: Vocabulary

    @classmethod
    def of(cls, folder: Path) -> TextExport:
        """Read an export; raises BadInput, naming the file, for one that continues no text."""
        network, path = load_export(folder), folder / "vocabulary.json"
        spec = network.spec
        reads_text = spec.tokens is not None and len(spec.output.shape) == 2
        if not reads_text or spec.outputs != spec.tokens or not path.is_file():
            raise BadInput(
                f"{shown(folder)} continues no text; expected the export of a run on a task text:"
            )
        try:
            vocabulary = Vocabulary.from_json(read_json(path))
        except UnusableData as error:
            raise BadInput(f"{shown(path)}: {error}") from None
        if len(vocabulary) != spec.tokens:
            raise BadInput(
                f"{shown(path)} has {len(vocabulary):,} tokens, spec.json describes a network of "
                f"{spec.tokens:,}; the two files do not belong together"
            )
        return cls(Continuation(network), vocabulary)

    def continued(self, prompt: str, count: int, sampling: Sampling, seed: int) -> Iterator[bytes]:
        """Yield so many tokens that follow a prompt, each as its bytes.

        Raises BadInput for an empty prompt and for characters that the network does not know.
        """
        try:
            known = self.vocabulary.encode(prompt).tolist()
        except UnusableData as error:
            raise BadInput(f"--prompt: {error}") from None
        if not known:
            raise BadInput("--prompt: received an empty text, expected one character at least")
        found = self.continuation.tokens(known, sampling, seed)
        return (self.vocabulary.tokens[token] for token in islice(found, count))
