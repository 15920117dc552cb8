"""Vocabularies: characters, bytes, or byte pairs (Sennrich et al. 2016) that are learnt from text.

Byte pairs are those of the `tokenizers` library on bytes (Radford et al. 2019), so that every
text can be written. A token is known by its bytes in UTF-8. The library is loaded when byte pairs
are needed, not before.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from fitness.data.arrays import UnusableData
from genomes.genes.registry import suggest

Kind = Literal["character", "byte", "bpe"]
Tokens = npt.NDArray[np.int64]
BYTES = 256
SMALLEST_BPE = BYTES + 1  # a token for each byte, and one pair
LINES_AT_ONCE = 1 << 16  # characters handed to the library at a time, cut at a line's end
NOUNS: dict[str, str] = {"character": "characters", "byte": "bytes", "bpe": "byte pairs"}
MISSING = (
    "byte pairs need the tokenizers library: pip install 'evo-nas[text]'; or say --tokens "
    "character"
)


@dataclass(frozen=True)
class Vocabulary:
    """Tokens by number, each its bytes; `rules` is the library's JSON for byte pairs."""

    KINDS: ClassVar[tuple[str, ...]] = tuple(NOUNS)

    kind: Kind
    tokens: tuple[bytes, ...] = field(repr=False)
    rules: str = field(default="", repr=False)

    def __len__(self) -> int:
        return len(self.tokens)

    @property
    def noun(self) -> str:
        """What the tokens are called."""
        return NOUNS[self.kind]

    @cached_property
    def bytes_each(self) -> tuple[int, ...]:
        """The bytes of each token."""
        return tuple(map(len, self.tokens))

    @cached_property
    def characters_each(self) -> tuple[int, ...]:
        """The characters that begin in each token: every byte of UTF-8 but continuations."""
        return tuple(sum(byte & 0xC0 != 0x80 for byte in token) for token in self.tokens)

    def shown(self, token: int) -> str:
        """Write a token for people."""
        return repr(self.tokens[token].decode("utf-8", "backslashreplace"))

    def encode(self, text: str) -> Tokens:
        """Return the tokens (T,) of a text; UnusableData for a character that has none."""
        if self.kind == "byte":
            return np.frombuffer(text.encode(), dtype=np.uint8).astype(np.int64)
        if self.kind == "bpe":
            return _pairs_of(self._library, text)
        letters = _code_points(text)
        known = _code_points("".join(token.decode() for token in self.tokens))
        places = np.minimum(np.searchsorted(known, letters), len(known) - 1)
        strange = np.flatnonzero(known[places] != letters)
        if strange.size:
            raise UnusableData(
                f"character {text[strange[0]]!r} at place {strange[0]:,} is not one of the "
                f"{len(self)} of the vocabulary; a vocabulary of bytes (--tokens byte) has all"
            )
        return places.astype(np.int64)

    def decode(self, tokens: Sequence[int]) -> str:
        """Return the text of tokens; bytes that are no UTF-8 become replacement characters."""
        return b"".join(self.tokens[token] for token in tokens).decode("utf-8", "replace")

    def to_json(self) -> dict[str, Any]:
        """Return what is needed to encode and decode without evo."""
        if self.kind == "bpe":
            return {"kind": self.kind, "tokenizer": json.loads(self.rules)}
        encoding = "latin-1" if self.kind == "byte" else "utf-8"
        texts = [token.decode(encoding) for token in self.tokens]
        return {"kind": self.kind, "tokens": texts}

    @classmethod
    def from_json(cls, data: Any) -> Vocabulary:
        """Read what `to_json` returned; UnusableData for anything else."""
        try:
            kind = data["kind"]
            if kind == "bpe":
                return _pairs_from_json(data["tokenizer"])
            if kind not in NOUNS:
                raise UnusableData(suggest("kind of tokens", str(kind), NOUNS))
            encoding = "latin-1" if kind == "byte" else "utf-8"
            tokens = tuple(text.encode(encoding) for text in data["tokens"])
        except (TypeError, KeyError, AttributeError, UnicodeError) as error:
            raise UnusableData(f"expected a vocabulary of evo: {error!r}") from None
        if kind == "character" and any(len(token.decode()) != 1 for token in tokens):
            raise UnusableData("expected one character a token")
        if not tokens or (kind == "byte" and len(tokens) != BYTES):
            raise UnusableData(f"received {len(tokens)} tokens of kind {kind}")
        return cls(kind, tokens)

    @cached_property
    def _library(self) -> Any:
        return _tokenizers().Tokenizer.from_str(self.rules)


def new_vocabulary(kind: str, text: str, train: str, size: int) -> Vocabulary:
    """Return a vocabulary of a kind for a text, whose part `train` alone teaches byte pairs.

    Characters are those of the whole text, in the order of their numbers: an alphabet is known
    beforehand. `size` is that of byte pairs. Raises UnusableData for an unknown kind, and where
    byte pairs are too few or their library is missing.
    """
    if kind not in NOUNS:
        raise UnusableData(suggest("kind of tokens", kind, NOUNS))
    if kind == "byte":
        return Vocabulary("byte", tuple(bytes([byte]) for byte in range(BYTES)))
    if kind == "character":
        return Vocabulary("character", tuple(letter.encode() for letter in sorted({*text})))
    if size < SMALLEST_BPE:
        raise UnusableData(
            f"received a vocabulary of {size} byte pairs, expected at least {SMALLEST_BPE}: every "
            "byte has a token of its own"
        )
    return _learnt(train, size)


def _learnt(train: str, size: int) -> Vocabulary:
    library = _tokenizers()
    tokenizer = library.Tokenizer(library.models.BPE())
    tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = library.decoders.ByteLevel()
    trainer = library.trainers.BpeTrainer(
        vocab_size=size,
        show_progress=False,
        initial_alphabet=sorted(library.pre_tokenizers.ByteLevel.alphabet()),
    )
    tokenizer.train_from_iterator(_parts(train), trainer=trainer)
    return _of_library(tokenizer)


def _of_library(tokenizer: Any) -> Vocabulary:
    """Return the vocabulary of byte pairs that a tokenizer of the library has."""
    written = sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])
    byte_of = _bytes_of_letters()
    tokens = tuple(bytes(byte_of[letter] for letter in token) for token, _ in written)
    return Vocabulary("bpe", tokens, tokenizer.to_str())


def _pairs_from_json(data: Any) -> Vocabulary:
    library = _tokenizers()
    try:
        return _of_library(library.Tokenizer.from_str(json.dumps(data)))
    except Exception as error:  # the library raises nothing else
        raise UnusableData(f"the tokenizers library cannot read it: {error}") from None


def _tokenizers() -> Any:
    try:
        import tokenizers
    except ImportError:
        raise UnusableData(MISSING) from None
    return tokenizers


def _pairs_of(library: Any, text: str) -> Tokens:
    found = [library.encode(part).ids for part in _parts(text)]
    return np.array([token for ids in found for token in ids], dtype=np.int64)


def _parts(text: str) -> list[str]:
    """Cut a text behind line ends into parts of bounded size, where lines allow it."""
    parts, start = [], 0
    while start < len(text):
        end = text.rfind("\n", start, start + LINES_AT_ONCE) + 1
        end = end if end > start else min(len(text), start + LINES_AT_ONCE)
        parts.append(text[start:end])
        start = end
    return parts


def _bytes_of_letters() -> dict[str, int]:
    """Return the byte that each letter of byte-level tokens stands for (Radford et al. 2019)."""
    printed = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(BYTES) if byte not in printed]
    letters = {chr(byte): byte for byte in printed}
    return letters | {chr(BYTES + place): byte for place, byte in enumerate(others)}


def _code_points(text: str) -> npt.NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
