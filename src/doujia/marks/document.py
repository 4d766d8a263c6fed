"""Documents on disk and on the wire: encoding, canonical bytes, versions and JSON Schema."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from doujia.errors import InputError
from doujia.marks.deltas import Delta
from doujia.marks.item import ItemMarks
from doujia.marks.mark import Mark, Relation
from doujia.marks.schema import SCHEMA_VERSION, Schema

__all__ = [
    "canonical_bytes",
    "decode_marks",
    "decode_schema",
    "encode",
    "fingerprint",
    "json_schema",
    "migrate_schema",
]

_marks_decoder = msgspec.json.Decoder(list[Mark])
_schema_decoder = msgspec.json.Decoder(Schema)


def encode(value: Any) -> bytes:
    """Encode marks, items, schemas or lists of them as UTF-8 JSON."""
    return msgspec.json.encode(value)


def decode_marks(data: bytes | str) -> list[Mark]:
    """Decode a JSON list of marks.

    Raises:
        InputError: not JSON, or a field has the wrong type; the message names the place.
    """
    try:
        return _marks_decoder.decode(data)
    except msgspec.DecodeError as error:
        raise InputError(
            f"These are not marks: {error}.", zh=f"标注的内容不对:{error}。", code="marks_malformed"
        ) from error


def decode_schema(data: bytes | str) -> Schema:
    """Decode a schema of this or an older version."""
    try:
        raw = msgspec.json.decode(data)
        return msgspec.convert(migrate_schema(raw), Schema)
    except msgspec.DecodeError as error:
        raise InputError(
            f"This is not a schema: {error}.", zh=f"标签体系的内容不对:{error}。", code="schema_malformed"
        ) from error


Step = Callable[[dict[str, Any]], dict[str, Any]]

_STEPS: dict[int, Step] = {}
"""Version of a schema document → what brings a document of it to the next version. So far there is only version 1."""


def migrate_schema(
    raw: dict[str, Any], steps: Mapping[int, Step] = _STEPS, newest: int = SCHEMA_VERSION
) -> dict[str, Any]:
    """Bring a decoded schema document of any released version to the newest, one step after the other.

    A document that names no version is of version 1: that one was never written out.

    Args:
        raw: the document; it is not changed.
        steps: version → the step to the next one.
        newest: version to end with.

    Raises:
        InputError: ``schema_version_unknown``; it is newer than this program, or no version at all.
    """
    version = raw.get("version", 1) if isinstance(raw, dict) else None
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= newest:
        raise InputError(
            f"Schema version {version!r} is not known here (this program knows up to {newest}).",
            zh=f"不认识的标签体系版本 {version!r}(本程序最高到 {newest}),请升级。",
            code="schema_version_unknown",
        )
    for number in range(version, newest):
        raw = {**steps[number](raw), "version": number + 1}
    return raw


def canonical_bytes(value: Any) -> bytes:
    """Return the one byte form of a document: sorted ASCII keys, no spaces, no NaN, -0 as 0.

    Only the server hashes: Python and JavaScript print some floats differently.
    """
    return json.dumps(
        _clean(msgspec.to_builtins(value)),
        sort_keys=True,
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    ).encode("utf-8")


def fingerprint(value: Any) -> str:
    """Return the sha256 (hex) of the canonical bytes."""
    return hashlib.sha256(canonical_bytes(value)).hexdigest()


def json_schema() -> dict[str, Any]:
    """Return one JSON Schema (2020-12) with a definition for every struct of the label model."""
    _, definitions = msgspec.json.schema_components(
        [Mark, Relation, ItemMarks, Schema, Delta], ref_template="#/$defs/{name}"
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:doujia:marks:1",
        "$defs": definitions,
    }


def _clean(value: Any) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise InputError("A number is not finite.", zh="有一个数不是有限数。", code="number_not_finite")
        return 0.0 if value == 0 else value
    if isinstance(value, dict):
        return {k: _clean(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(v) for v in value]
    return value
