"""Genomes: chromosomes by name, sex, identity; and the space they are drawn from.

All individuals carry all chromosomes; sex decides which are expressed. Genomes never change. This
module must not know what any chromosome means.
"""

from __future__ import annotations

import fnmatch
import hashlib
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from json.encoder import encode_basestring_ascii as quoted
from typing import Any, Literal

from genomes.genes.gene import Record, Struct, Value, canonical, freeze
from genomes.genes.registry import suggest

Sex = Literal["male", "female"]
GENOME_FORMAT = 1


def digest(*parts: Any) -> str:
    """Hash values in canonical form to 16 hexadecimal digits (SHA-256, truncated)."""
    text = "\x1f".join(part if isinstance(part, str) else canonical(part) for part in parts)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Genome:
    """One individual: an id, a sex, its chromosomes and its parents' ids (mother first).

    `birth` holds what was acquired by the parents and entered at conception (epigenetic marks,
    later weights by reference); it is part of what the individual is, and never changes.
    """

    id: str
    sex: Sex
    chromosomes: Record
    parents: tuple[str, ...] = ()
    birth: Record = field(default_factory=Record)

    def __post_init__(self) -> None:
        if self.sex not in ("male", "female"):
            raise ValueError(f"received sex {self.sex!r}, expected male or female")

    def expressed(self) -> Record:
        """Return the chromosomes that act: all but `predictor` in males, that one in females."""
        female = self.sex == "female"
        carried = self.chromosomes.items()
        return Record({n: genes for n, genes in carried if (n == "predictor") == female})

    def to_json(self) -> dict[str, Any]:
        """Return plain data that `from_json` reads back to an equal genome."""
        return {
            "format": GENOME_FORMAT,
            "id": self.id,
            "sex": self.sex,
            "chromosomes": self.chromosomes,
            "parents": list(self.parents),
            "birth": self.birth,
        }

    def text(self) -> str:
        """Return `to_json` as text, names sorted, from what the chromosomes keep of theirs."""
        parents = ",".join(map(quoted, self.parents))
        return (
            f'{{"birth":{self.birth.canonical()},"chromosomes":{self.chromosomes.canonical()},'
            f'"format":{GENOME_FORMAT},"id":{quoted(self.id)},"parents":[{parents}],'
            f'"sex":"{self.sex}"}}'
        )

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Genome:
        """Rebuild a genome; raise ValueError for another format or missing parts."""
        if data.get("format") != GENOME_FORMAT:
            raise ValueError(
                f"received a genome of format {data.get('format')!r}; this version of evo reads "
                f"format {GENOME_FORMAT}. Open it with the version of evo that wrote it."
            )
        try:
            return cls(
                id=data["id"],
                sex=data["sex"],
                chromosomes=freeze(data["chromosomes"]),
                parents=tuple(data["parents"]),
                birth=freeze(data["birth"]),
            )
        except KeyError as missing:
            raise ValueError(f"received a genome without {missing}") from None

    def short_hash(self) -> str:
        """Return the canonical hash of what is expressed and what it was born with."""
        return digest(self.expressed(), self.birth)


@dataclass(frozen=True)
class Space:
    """The search space: one `Struct` gene per chromosome name."""

    chromosomes: Mapping[str, Struct]

    def sample(self, identity: str, sex: Sex, rng: random.Random) -> Genome:
        """Draw a founder."""
        values = {name: gene.sample(rng) for name, gene in self.chromosomes.items()}
        return Genome(identity, sex, Record(values))

    def check(self, genome: Genome) -> Genome:
        """Return the genome with canonical values; raise ValueError naming the gene at fault."""
        values = Struct(self.chromosomes).check(genome.chromosomes)
        return replace(genome, chromosomes=values)

    def pin(self, pins: Mapping[str, Value]) -> Space:
        """Return the space with genes fixed by dotted name, e.g. `training.optimizer`.

        A list gene takes a list, or one value for all its items. A name with `*` stands for all
        genes that it matches, be there any or not. Raises ValueError for other names that do not
        exist (with the nearest) and values the gene does not allow.
        """
        struct = Struct(self.chromosomes)
        for dotted, value in self._resolved(pins).items():
            try:
                struct = struct.pinned_within(tuple(dotted.split(".")), freeze(value))
            except KeyError:
                message = suggest("gene", dotted, sorted(self.gene_names()))
                raise ValueError(message) from None
            except ValueError as error:
                raise ValueError(f"cannot pin {dotted}: {error}") from None
        return Space(dict(struct.fields))

    def _resolved(self, pins: Mapping[str, Value]) -> dict[str, Value]:
        """Return pins of single genes in place of patterns; the later of two wins."""
        found: dict[str, Value] = {}
        for dotted, value in pins.items():
            matched = fnmatch.filter(self.gene_names(), dotted) if "*" in dotted else [dotted]
            found |= dict.fromkeys(matched, value)
        return found

    def gene_names(self) -> Iterable[str]:
        """List the dotted names of all genes that `pin` accepts."""
        return Struct(self.chromosomes).names()
