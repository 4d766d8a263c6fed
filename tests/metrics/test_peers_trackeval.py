"""Tracking figures beside TrackEval, the reference implementation of HOTA."""

from __future__ import annotations

import json

import numpy as np
import pytest

from doujia.metrics.overlap import box_ious
from doujia.metrics.tracks import Frame, tracking
from peers import ask

pytestmark = pytest.mark.peers

SCORE = """
import json, sys
import numpy as np
import trackeval
frames = json.load(open(sys.argv[1]))
names = [sorted({n for f in frames for n in f[side]}) for side in (0, 1)]
places = [{n: i for i, n in enumerate(side)} for side in names]
ids = [[np.array([places[side][n] for n in f[side]], int) for f in frames] for side in (0, 1)]
data = dict(
    num_timesteps=len(frames), gt_ids=ids[0], tracker_ids=ids[1],
    similarity_scores=[np.array(f[2], float).reshape(len(f[0]), len(f[1])) for f in frames],
    num_gt_ids=len(names[0]), num_tracker_ids=len(names[1]),
    num_gt_dets=sum(map(len, ids[0])), num_tracker_dets=sum(map(len, ids[1])),
)
metrics = trackeval.metrics
hota = metrics.HOTA().eval_sequence(data)
clear = metrics.CLEAR({"THRESHOLD": 0.5, "PRINT_CONFIG": False}).eval_sequence(data)
identity = metrics.Identity({"THRESHOLD": 0.5, "PRINT_CONFIG": False}).eval_sequence(data)
found = {k: float(np.mean(hota[k])) for k in ("HOTA", "DetA", "AssA")}
found |= {k: float(clear[k]) for k in ("MOTA", "MOTP", "IDSW", "CLR_FN", "CLR_FP")}
found |= {k: float(identity[k]) for k in ("IDF1", "IDP", "IDR")}
print("ROWS" + json.dumps(found))
"""


def street(seed: int, *, empty: tuple[int, ...] = ()) -> list[Frame]:
    """Twelve objects over fifty frames and a tracker that jitters, loses, swaps and invents; ``empty`` frames guess nothing."""
    rng = np.random.default_rng(seed)
    start, speed = rng.uniform(0, 400, (12, 2)), rng.normal(0, 4, (12, 2))
    size = rng.uniform(20, 60, (12, 2))
    lives = np.sort(rng.integers(0, 50, (12, 2)), axis=1)
    called = {k: f"g{k}" for k in range(12)}
    frames = []
    for t in range(50):
        here = [k for k in range(12) if lives[k][0] <= t <= lives[k][1]]
        boxes = [[*(start[k] + t * speed[k]), *(start[k] + t * speed[k] + size[k])] for k in here]
        if rng.random() < 0.2 and len(here) > 1:
            a, b = rng.choice(here, 2, replace=False)
            called[a], called[b] = called[b], called[a]
        seen = [(called[k], np.array(box) + rng.normal(0, 5, 4)) for k, box in zip(here, boxes, strict=True)]
        seen = [s for s in seen if rng.random() > 0.15]
        if rng.random() < 0.3:
            corner = rng.uniform(0, 400, 2)
            seen.append((f"false{t // 5}", np.array([*corner, *(corner + 40)])))
        if t in empty:
            seen = []
        table = box_ious(np.array(boxes).reshape(-1, 4), np.array([s[1] for s in seen]).reshape(-1, 4))
        frames.append(Frame([str(k) for k in here], [s[0] for s in seen], table))
    return frames


def compared(frames, folder):
    """Our figures under TrackEval's names, and TrackEval's."""
    file = folder / "frames.json"
    file.write_text(json.dumps([[list(f.truth), list(f.guess), f.similarity.tolist()] for f in frames]))
    names = dict(
        HOTA="hota", DetA="deta", AssA="assa", MOTA="mota", MOTP="motp", IDSW="switches", CLR_FN="misses",
        CLR_FP="false_positives", IDF1="idf1", IDP="idp", IDR="idr",
    )  # fmt: skip
    ours = tracking(frames)
    return {k: getattr(ours, v) for k, v in names.items()}, ask("trackeval", SCORE, file)


def test_a_frame_without_a_guess_does_not_end_a_match(tmp_path):
    blank = Frame(["a"], [], np.zeros((1, 0)))
    frames = [Frame(["a"], ["x"], np.array([[0.6]])), blank, Frame(["a"], ["y", "x"], np.array([[0.9, 0.6]]))]
    ours, theirs = compared(frames, tmp_path)
    assert ours == pytest.approx(theirs, abs=1e-9)
    assert ours["IDSW"] == 0


@pytest.mark.parametrize("empty", [(), (20, 21, 35)], ids=["every frame", "frames without a guess"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_all_figures_equal_trackeval(seed, empty, tmp_path):
    ours, theirs = compared(street(seed, empty=empty), tmp_path)
    assert ours["IDSW"] > 5  # there is something to measure
    assert ours == pytest.approx(theirs, abs=1e-9)
