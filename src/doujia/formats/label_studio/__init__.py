"""Label Studio: task JSON with annotations and predictions, and the labelling configuration."""

from __future__ import annotations

from doujia.formats.contract import Format
from doujia.formats.label_studio.config import config_of, schema_from_config
from doujia.formats.label_studio.reading import looks_like_tasks, read
from doujia.formats.label_studio.writing import HOLDS, write

__all__ = ["FORMATS", "HOLDS", "config_of", "read", "schema_from_config", "write"]

FORMATS = (
    Format(
        name="label-studio",
        title=("Label Studio JSON", "Label Studio JSON"),
        extensions=(".json",),
        sniff=looks_like_tasks,
        read=read,
        write=write,
        holds=frozenset(
            {
                "none",
                "box",
                "obox",
                "polygon",
                "polyline",
                "points",
                "mask",
                "ellipse",
                "span",
                "interval",
                "ranking",
                "track",
            }
        ),
        options=("config", "sample_rate"),
    ),
)
