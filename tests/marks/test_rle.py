"""Run lengths against pycocotools and against values worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from pycocotools import mask as coco

from doujia.errors import InputError
from doujia.marks import Mask, rle


def picture(*rows: str) -> np.ndarray:
    return np.array([[int(c) for c in row] for row in rows], dtype=np.uint8)


GOLDEN = [
    # rows, runs down the columns, string (by hand after the COCO description)
    (picture("0000", "0110", "0100"), [4, 2, 1, 1, 4], "421O3"),
    (picture("1000", "0000", "0000"), [0, 1, 11], "01;"),
    (picture("000", "000"), [6], "6"),
    (picture("11", "11"), [0, 4], "04"),
]


@pytest.mark.parametrize(("pixels", "runs", "text"), GOLDEN, ids=["corner", "first pixel", "empty", "full"])
def test_golden(pixels: np.ndarray, runs: list[int], text: str) -> None:
    assert rle.counts_to_string(runs) == text
    assert rle.string_to_counts(text).tolist() == runs
    assert rle.encode(pixels) == Mask(size=pixels.shape, counts=text)
    assert np.array_equal(rle.decode(Mask(size=pixels.shape, counts=text)), pixels.astype(bool))
    assert rle.mask_of(pixels.shape, runs) == Mask(size=pixels.shape, counts=text)


def test_the_corner_has_area_3_and_bounds_1_1_3_3() -> None:
    mask = rle.encode(GOLDEN[0][0])
    assert rle.area(mask) == 3
    assert rle.bounds(mask) == (1, 1, 3, 3)


def test_300_random_masks_agree_with_pycocotools() -> None:
    rng = np.random.default_rng(5)
    for _ in range(300):
        height, width = rng.integers(1, 90, 2)
        pixels = (rng.random((height, width)) < rng.choice([0.01, 0.5, 0.97])).astype(np.uint8)
        ours, theirs = rle.encode(pixels), coco.encode(np.asfortranarray(pixels))
        assert ours.counts == theirs["counts"].decode()
        assert rle.area(ours) == int(coco.area(theirs))
        assert np.array_equal(rle.decode(ours), pixels.astype(bool))
        box = coco.toBbox(theirs)
        expected = (box[0], box[1], box[0] + box[2], box[1] + box[3]) if pixels.any() else None
        assert rle.bounds(ours) == expected


def test_large_runs_and_long_differences() -> None:
    pixels = np.zeros((3000, 4000), dtype=np.uint8)
    pixels[1:2999, 5] = 1
    pixels[0, 3999] = 1
    assert rle.encode(pixels).counts == coco.encode(np.asfortranarray(pixels))["counts"].decode()


def test_intersection_and_union_agree_with_pixels() -> None:
    rng = np.random.default_rng(6)
    for _ in range(50):
        a, b = rng.random((2, 23, 31)) < 0.4
        first, second = rle.encode(a), rle.encode(b)
        assert rle.intersection(first, second) == int((a & b).sum())
        assert np.array_equal(rle.decode(rle.union([first, second])), a | b)


@pytest.mark.parametrize(
    ("size", "counts"),
    [
        ((3, 4), [4, 2]),
        ((3, 4), [4, -2, 10]),
        ((3, 4), "4 2"),
        ((3, 4), "4\u00e92"),
        ((3, 4), "o"),
        ((2, 2), "9"),
    ],
    ids=["too few", "negative", "space", "not ascii", "unfinished", "too many"],
)
def test_broken_runs_are_refused(size: tuple[int, int], counts: str | list[int]) -> None:
    with pytest.raises(InputError) as caught:
        rle.mask_of(size, counts)
    assert caught.value.code == "mask_runs"
