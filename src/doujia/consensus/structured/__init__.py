"""Fusing shapes, texts, spans, rankings and ratings: one engine, one row (distance, match, fuse) per mark type."""

from doujia.consensus.structured.boxes import Boxes, Cuboids, RotatedBoxes
from doujia.consensus.structured.documents import (
    Annotation,
    AnnotationConsensus,
    FusedAnnotation,
    FusedValue,
)
from doujia.consensus.structured.ellipses import Ellipses, PerspectiveBoxes
from doujia.consensus.structured.engine import KINDS, Absent, FusedMark, MarkConsensus
from doujia.consensus.structured.kinds import Kind, Medoid
from doujia.consensus.structured.lines import Landmarks, Polylines
from doujia.consensus.structured.matching import match
from doujia.consensus.structured.mentions import BrokenSpans, TextSpans
from doujia.consensus.structured.rankings import BradleyTerry, NoisyBradleyTerry, find_cycle, pairs_of_ranking
from doujia.consensus.structured.ratings import RatingModel
from doujia.consensus.structured.regions import Masks, Polygons, fuse_pixels
from doujia.consensus.structured.robust import (
    biweight,
    circular_mean,
    geometric_median,
    weighted_median,
    weighted_medoid,
)
from doujia.consensus.structured.spans import FusedSpan, SpanConsensus
from doujia.consensus.structured.tracks import Tracks
from doujia.consensus.structured.transcripts import (
    FusedText,
    Rover,
    error_rate,
    homophone_cost,
    normalise_text,
    tokens_of,
)
from doujia.consensus.structured.whole import Intervals, Labels, Rankings, Ratings, partial_tau

__all__ = [
    "Absent", "Annotation", "AnnotationConsensus", "Boxes", "BradleyTerry", "BrokenSpans", "Cuboids", "Ellipses", "FusedAnnotation",
    "FusedMark", "FusedSpan", "FusedText", "FusedValue", "Intervals", "KINDS", "Kind", "Labels",
    "Landmarks", "MarkConsensus", "Masks", "Medoid", "NoisyBradleyTerry", "PerspectiveBoxes", "Polygons", "Polylines", "Rankings",
    "RatingModel", "Ratings", "RotatedBoxes", "Rover", "SpanConsensus", "TextSpans", "Tracks", "biweight", "circular_mean",
    "error_rate", "find_cycle", "fuse_pixels", "geometric_median", "homophone_cost", "partial_tau", "match",
    "normalise_text", "pairs_of_ranking", "tokens_of", "weighted_medoid", "weighted_median",
]  # fmt: skip
