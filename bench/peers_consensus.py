"""Run inside the peers' environment: one method of crowd-kit or krippendorff on a file, seconds and accuracy as JSON."""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
import pandas as pd


def main(method: str, path: str) -> None:
    data = np.load(path)
    frame = pd.DataFrame({"task": data["item"], "worker": data["worker"], "label": data["label"]})
    before = resource.getrusage(resource.RUSAGE_SELF)
    started = time.process_time()
    found: dict[str, float] = {}
    if method.startswith("alpha"):
        if method == "alpha-krippendorff":
            import krippendorff

            started = time.process_time()
            counts = np.zeros((int(data["item"].max()) + 1, int(data["label"].max()) + 1), dtype=np.int64)
            np.add.at(counts, (data["item"], data["label"]), 1)
            found["value"] = float(krippendorff.alpha(value_counts=counts, level_of_measurement="nominal"))
        else:
            from crowdkit.metrics.data import alpha_krippendorff

            started = time.process_time()
            found["value"] = float(alpha_krippendorff(frame))
    else:
        from crowdkit import aggregation

        model = {"ds": "DawidSkene", "mace": "MACE", "glad": "GLAD", "mv": "MajorityVote"}[method]
        started = time.process_time()
        labels = getattr(aggregation, model)().fit_predict(frame)
        found["accuracy"] = float(
            (labels.sort_index().to_numpy() == data["truth"][labels.sort_index().index]).mean()
        )
    found["cpu"] = time.process_time() - started
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before.ru_maxrss
    print(json.dumps({**found, "own_mib": peak / 1024}))


if __name__ == "__main__":
    main(*sys.argv[1:])
