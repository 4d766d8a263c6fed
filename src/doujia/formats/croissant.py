"""Croissant 1.1 with RAI 1.0 and PROV-O: the metadata of a released dataset, and a folder that carries them.

``metadata`` makes the JSON-LD for any set of files; the format ``croissant`` writes ``marks.parquet`` with a
``croissant.json`` beside it. Nothing is stated that nobody said: a licence or a creator that is not given is left out and
named in the report. Source: the Croissant 1.1 specification (2026-01-29) and its reference validator.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from doujia.formats import parquet
from doujia.formats.contract import Dataset, Format, LossReport, ReadOptions, WriteOptions
from doujia.formats.doujia_jsonl import EVERYTHING
from doujia.formats.files import clean_name, fail, head, load_json
from doujia.formats.output import Export
from doujia.marks.schema import GEOMETRY_KINDS

__all__ = ["CONFORMS_TO", "FORMATS", "ReleaseFile", "Statement", "metadata", "missing", "read", "write"]

CONFORMS_TO = ("http://mlcommons.org/croissant/1.1", "http://mlcommons.org/croissant/RAI/1.0")

PARQUET = "application/x-parquet"
"""The media type under which loaders of Croissant know Parquet (the registered one is not read by them)."""

_CR_TERMS = (
    "arrayShape", "citeAs", "column", "containedIn", "data", "dataBiases", "dataCollection", "dataType", "equivalentProperty",
    "examples", "excludes", "extract", "field", "fileProperty", "fileObject", "fileSet", "format", "includes", "isArray",
    "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "personalSensitiveInformation", "readLines",
    "recordSet", "references", "regex", "repeated", "replace", "samplingRate", "separator", "source", "subField", "transform",
    "unArchive", "value",
)  # fmt: skip

RAI = (
    "dataCollection", "dataCollectionType", "dataCollectionMissingData", "dataCollectionRawData", "dataCollectionTimeframe",
    "dataImputationProtocol", "dataManipulationProtocol", "dataPreprocessingProtocol", "dataAnnotationProtocol",
    "dataAnnotationPlatform", "dataAnnotationAnalysis", "annotationsPerItem", "annotatorDemographics",
    "machineAnnotationTools", "dataReleaseMaintenancePlan", "personalSensitiveInformation", "dataSocialImpact", "dataBiases",
    "dataLimitations", "dataUseCases",
)  # fmt: skip
"""Terms of Responsible AI 1.0 that ``Statement.rai`` may hold."""


@dataclass(frozen=True)
class ReleaseFile:
    """One file of a release: its path in the release folder, media type, sha256 (hex) and size in bytes."""

    path: str
    encoding_format: str
    sha256: str
    size: int | None = None


@dataclass(frozen=True)
class Statement:
    """What the publisher says of the dataset.

    Attributes:
        name, description, version: of the dataset; ``version`` is MAJOR.MINOR.PATCH.
        license, url, date_published: a URL or SPDX name, the landing page, an ISO date.
        creator: name of the organisation.
        cite_as: how to cite it.
        language: of the texts here.
        rai: terms of ``RAI``, for example ``annotationsPerItem``.
        derived_from: identifier of the snapshot or set it was made from (PROV-O).
        keywords: free words.
    """

    name: str
    description: str = ""
    version: str = "1.0.0"
    license: str | None = None
    url: str | None = None
    date_published: str | None = None
    creator: str | None = None
    cite_as: str | None = None
    language: str = "zh"
    rai: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    derived_from: str | None = None
    keywords: Sequence[str] = ()


def metadata(
    statement: Statement,
    files: Sequence[ReleaseFile],
    *,
    marks: str | None = None,
    splits: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the JSON-LD of a release.

    Args:
        statement: what the publisher says.
        files: every file of the release, with its sha256.
        marks: path of the Parquet file with our columns; it becomes the record set ``marks``.
        splits: names of the splits that occur.
    """
    unknown = set(statement.rai) - set(RAI)
    if unknown:
        raise KeyError(f"not terms of RAI: {', '.join(sorted(unknown))}")
    root: dict[str, Any] = {
        "@context": _context(statement.language),
        "@type": "sc:Dataset",
        "conformsTo": list(CONFORMS_TO),
        "name": statement.name,
        "description": statement.description or None,
        "license": statement.license,
        "url": statement.url,
        "version": statement.version,
        "datePublished": statement.date_published,
        "creator": {"@type": "sc:Organization", "name": statement.creator} if statement.creator else None,
        "citeAs": statement.cite_as,
        "keywords": list(statement.keywords) or None,
        **{f"rai:{k}": v if isinstance(v, str) else list(v) for k, v in statement.rai.items()},
        "prov:wasDerivedFrom": {"@id": statement.derived_from} if statement.derived_from else None,
        "distribution": [_file_object(f) for f in files],
    }
    sets = [_splits(splits)] if splits else []
    if marks is not None:
        sets.append(_marks(marks, with_split=bool(splits)))
    if sets:
        root["recordSet"] = sets
    return {k: v for k, v in root.items() if v is not None}


def missing(statement: Statement) -> list[str]:
    """Return the properties that Croissant asks for and nobody stated."""
    asked = {
        "description": statement.description,
        "license": statement.license,
        "url": statement.url,
        "creator": statement.creator,
        "datePublished": statement.date_published,
    }
    return [name for name, value in asked.items() if not value]


def read(path: Path, options: ReadOptions) -> Dataset:
    """Open a folder (or its ``croissant.json``) whose record set ``marks`` is a Parquet file of ours."""
    card = path / "croissant.json" if path.is_dir() else path
    raw = load_json(card)
    named = _marks_file(raw)
    if named is None:
        fail(
            "record_set_missing",
            "croissant.json 里没有 marks 记录集",
            "There is no record set 'marks' in the croissant.json",
            file=card,
            pointer="/recordSet",
        )
    dataset = parquet.read(card.parent / clean_name(named, card, pointer="/distribution"), options)
    dataset.info = {**dataset.info, "croissant": _statement_json(raw)}
    return dataset


def write(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write ``marks.parquet`` and ``croissant.json``; options name, description, license, url, creator, version, date."""
    splits: dict[str, None] = {}

    class _Seen:
        """Passes the items on and notes their splits."""

        schema, info, problems, count = dataset.schema, dataset.info, dataset.problems, dataset.count

        def __iter__(self) -> Any:
            for bundle in dataset:
                if bundle.item.split is not None:
                    splits[bundle.item.split] = None
                yield bundle

    with Export("croissant", dataset, destination, options, EVERYTHING) as out:
        folder = out.folder()
        inner = parquet.write(_Seen(), folder / "marks.parquet", WriteOptions(progress=options.progress))
        out.report.items, out.report.marks = inner.items, inner.marks
        data = folder / "marks.parquet"
        with data.open("rb") as source:
            digest = hashlib.file_digest(source, "sha256").hexdigest()
        made = ReleaseFile("marks.parquet", PARQUET, digest, data.stat().st_size)
        statement = _statement(dataset, destination, options)
        absent = missing(statement)
        if absent:
            out.report.notes.append(
                f"croissant.json 里没有写(没人说过):{'、'.join(absent)}。 · "
                f"croissant.json lacks what nobody stated: {', '.join(absent)}."
            )
        card = metadata(statement, [made], marks="marks.parquet", splits=list(splits))
        with out.file_in(folder, "croissant.json") as sink:
            sink.write(json.dumps(card, ensure_ascii=False, indent=2, allow_nan=False).encode())
        out.report.files = 2
    return out.report


def sniff(path: Path) -> float:
    """Confidence by the context."""
    start = head(path / "croissant.json" if path.is_dir() else path)
    return 0.9 if '"sc:Dataset"' in start and "mlcommons.org/croissant" in start else 0.0


def _context(language: str) -> dict[str, Any]:
    context: dict[str, Any] = {
        "@language": language,
        "@vocab": "https://schema.org/",
        "sc": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "prov": "http://www.w3.org/ns/prov#",
        "conformsTo": "dct:conformsTo",
    }
    for term in _CR_TERMS:
        context[term] = f"cr:{term}"
    context["data"] = {"@id": "cr:data", "@type": "@json"}
    context["dataType"] = {"@id": "cr:dataType", "@type": "@vocab"}
    context["examples"] = {"@id": "cr:examples", "@type": "@json"}
    return context


def _file_object(file: ReleaseFile) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path,
        "contentUrl": file.path,
        "encodingFormat": file.encoding_format,
        "sha256": file.sha256,
    }
    if file.size is not None:
        made["contentSize"] = f"{file.size} B"
    return made


def _splits(names: Sequence[str]) -> dict[str, Any]:
    known = {"train": "cr:TrainingSplit", "val": "cr:ValidationSplit", "test": "cr:TestSplit"}
    rows = [{"splits/name": n, **({"splits/url": known[n]} if n in known else {})} for n in names]
    fields: list[dict[str, Any]] = [{"@type": "cr:Field", "@id": "splits/name", "dataType": "sc:Text"}]
    if any(n in known for n in names):
        fields.append({"@type": "cr:Field", "@id": "splits/url", "dataType": "sc:URL"})
    return {
        "@type": "cr:RecordSet",
        "@id": "splits",
        "dataType": "cr:Split",
        "key": {"@id": "splits/name"},
        "field": fields,
        "data": rows,
    }


def _marks(file: str, *, with_split: bool) -> dict[str, Any]:
    types = {
        "string": "sc:Text",
        "json": "sc:Text",
        "int64": "sc:Integer",
        "float64": "sc:Float",
        "list<string>": "sc:Text",
    }
    fields = []
    for column, kind in parquet.COLUMNS:
        made: dict[str, Any] = {
            "@type": "cr:Field",
            "@id": f"marks/{column}",
            "dataType": types.get(kind, "sc:Float"),
            "source": {"fileObject": {"@id": file}, "extract": {"column": column}},
        }
        if column == "label":
            made["dataType"] = ["sc:Text", "cr:Label"]
        elif column == "box":
            made["dataType"] = "cr:BoundingBox"
            made["source"]["format"] = "XYXY"
        elif kind.startswith("list"):
            made["repeated"] = True
        elif column == "split" and with_split:
            made["references"] = {"field": {"@id": "splits/name"}}
        fields.append(made)
    return {"@type": "cr:RecordSet", "@id": "marks", "key": {"@id": "marks/id"}, "field": fields}


def _statement(dataset: Dataset, destination: Path, options: WriteOptions) -> Statement:
    said: dict[str, Any] = {**dataset.info.get("croissant", {}), **options.extra}
    names = {"date": "date_published", "datePublished": "date_published", "citeAs": "cite_as"}
    allowed = (
        "name",
        "description",
        "license",
        "url",
        "creator",
        "version",
        "date_published",
        "cite_as",
        "language",
    )
    given = {names.get(k, k): str(v) for k, v in said.items() if names.get(k, k) in allowed and v}
    return Statement(**{"name": destination.name, **given})  # type: ignore[arg-type]


def _statement_json(raw: dict[str, Any]) -> dict[str, Any]:
    kept: dict[str, Any] = {
        k: raw[k]
        for k in ("name", "description", "license", "url", "version", "datePublished", "citeAs")
        if k in raw
    }
    creator = raw.get("creator")
    if isinstance(creator, dict) and "name" in creator:
        kept["creator"] = creator["name"]
    return kept


def _marks_file(raw: object) -> str | None:
    if not isinstance(raw, dict):
        return None
    sets = [r for r in raw.get("recordSet", []) if isinstance(r, dict) and r.get("@id") == "marks"]
    for one in sets:
        for column in one.get("field", []):
            source = column.get("source", {}) if isinstance(column, dict) else {}
            wanted = source.get("fileObject", {}).get("@id") if isinstance(source, dict) else None
            for file in raw.get("distribution", []):
                if (
                    isinstance(file, dict)
                    and file.get("@id") == wanted
                    and isinstance(file.get("contentUrl"), str)
                ):
                    return str(file["contentUrl"])
    return None


FORMATS = (
    Format(
        "croissant", ("Croissant 1.1 数据集", "Croissant 1.1 dataset"), (".json",), sniff, read, write, frozenset(GEOMETRY_KINDS),
        options=("name", "description", "license", "url", "creator", "version", "date", "citeAs", "language"),
    ),
)  # fmt: skip
