from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest

from doujia.consensus import Answers, MajorityVote, read_answers, read_gold
from doujia.errors import DoujiaError, InputError


def test_codes_follow_sorted_ids_whatever_the_row_order():
    a = Answers.from_arrays(["10", "9", "9"], ["b", "a", "b"], ["cat", "dog", "cat"])
    b = Answers.from_arrays(["9", "9", "10"], ["b", "a", "b"], ["cat", "dog", "cat"])
    assert a.items == b.items == ["9", "10"]
    assert a.labels == ["cat", "dog"]
    for name in ("item", "worker", "label"):
        assert getattr(a, name).tolist() == getattr(b, name).tolist()


def test_rows_without_a_value_are_dropped_and_counted():
    a = Answers.from_arrays(["a", None, "c", "d"], ["w", "w", "w", " "], ["x", "x", float("nan"), "y"])
    assert a.items == ["a"] and len(a) == 1
    (problem,) = a.problems
    assert problem.code == "rows_incomplete" and "3 rows" in problem.en and "item 1" in problem.en


def test_whole_floats_of_a_column_with_gaps_are_integers_again():
    a = Answers.from_arrays([1, 2, 3], [1, 1, 1], np.array([0.0, 1.0, np.nan]))
    assert a.labels == [0, 1] and a.items == [1, 2]


@pytest.mark.parametrize(
    ("policy", "time", "expected"),
    [
        ("last", None, "y"),
        ("first", None, "x"),
        ("last", [9.0, 1.0], "x"),
        ("first", [9.0, 1.0], "y"),
    ],
)
def test_one_answer_per_item_and_worker(policy, time, expected):
    a = Answers.from_arrays(["i", "i"], ["w", "w"], ["x", "y"], time=time, duplicates=policy)
    assert len(a) == 1 and a.labels[a.label[0]] == expected
    assert [p.code for p in a.problems] == ["answers_repeated"]


@pytest.mark.parametrize(
    ("arguments", "options", "code"),
    [
        ((["a"], ["w", "v"], ["x"]), {}, "lengths_differ"),
        (([], [], []), {}, "no_answers"),
        (([None], ["w"], ["x"]), {}, "no_answers"),
        ((["a", "b"], ["w", "w"], [1, "1"]), {}, "labels_mixed"),
        ((["a", "b"], ["w", "w"], [True, 1]), {}, "labels_mixed"),
        ((["a", "b"], ["w", "w"], [{"x": 1}, "y"]), {}, "value_unusable"),
        ((["a", 1], ["w", "w"], ["x", "y"]), {}, "items_mixed"),
        ((["a"], ["w"], ["x"]), {"weight": [-1.0]}, "weight_invalid"),
        ((["a"], ["w"], ["x"]), {"weight": [float("nan")]}, "weight_invalid"),
        ((["a"], ["w"], ["x"]), {"weight": [1.0, 2.0]}, "lengths_differ"),
        ((["a"], ["w"], ["x"]), {"time": ["soon"]}, "time_invalid"),
        ((["a", "a"], ["w", "w"], ["x", "y"]), {"duplicates": "error"}, "answers_repeated"),
        ((["a"], ["w"], ["x"]), {"labels": ["y"]}, "label_unknown"),
        ((np.zeros((2, 2)), ["w", "v"], ["x", "y"]), {}, "shape_wrong"),
    ],
)
def test_unusable_answers_are_refused_with_both_languages(arguments, options, code):
    with pytest.raises(InputError) as caught:
        Answers.from_arrays(*arguments, **options)
    assert caught.value.code == code
    assert caught.value.message.zh != caught.value.message.en


def test_frames_and_plain_mappings_are_read_by_column_name():
    columns = {"Task": [1, 2], "annotator": ["u", "v"], "answer": ["x", "y"], "note": ["", ""]}
    a = Answers.from_frame(columns)
    assert (a.items, a.workers, a.labels) == ([1, 2], ["u", "v"], ["x", "y"])
    pandas = pytest.importorskip("pandas")
    b = Answers.from_frame(pandas.DataFrame(columns))
    assert (b.items, b.workers, b.labels) == (a.items, a.workers, a.labels)
    with pytest.raises(InputError) as caught:
        Answers.from_frame({"item": [1], "label": ["x"]})
    assert caught.value.code == "column_missing"


ROWS = {
    "item": [1, 1, 2, 2],
    "worker": ["u", "v", "u", "v"],
    "label": ["cat", "dog", "cat", "cat"],
    "time": ["2026-01-01T00:00:00Z", "2026-01-01T08:00:01+08:00", None, "2026-01-01T00:00:03"],
}


def same_as_arrays(a):
    expected = Answers.from_arrays(ROWS["item"], ROWS["worker"], ROWS["label"])
    assert (a.items, a.workers, a.labels) == ([1, 2], ["u", "v"], ["cat", "dog"])
    assert [getattr(a, n).tolist() for n in ("item", "worker", "label")] == [
        getattr(expected, n).tolist() for n in ("item", "worker", "label")
    ]
    # 2026-01-01 is 1,767,225,600 s after 1970; the gap stays a gap
    assert a.time is not None and np.isnan(a.time[2])
    assert (a.time[[0, 1, 3]] - 1_767_225_600).tolist() == [0, 1, 3]


def test_a_mapping_a_table_a_batch_and_a_file_are_the_same_answers(tmp_path):
    same_as_arrays(Answers.from_frame(ROWS))
    table = pa.table({**ROWS, "label": pa.array(ROWS["label"]).dictionary_encode()})
    same_as_arrays(Answers.from_frame(table))
    same_as_arrays(Answers.from_frame(table.to_batches()[0]))
    pyarrow.parquet.write_table(table, tmp_path / "a.parquet")
    same_as_arrays(read_answers(tmp_path / "a.parquet"))


def test_moments_of_parquet_and_numpy_are_seconds(tmp_path):
    moments = np.array(
        ["2026-01-01T00:00:00", "2026-01-01T00:00:01", "NaT", "2026-01-01T00:00:03"], "datetime64[ms]"
    )
    rows = {**ROWS, "time": moments}
    same_as_arrays(Answers.from_frame(rows))
    pyarrow.parquet.write_table(pa.table(rows), tmp_path / "a.parquet")
    same_as_arrays(read_answers(tmp_path / "a.parquet"))


def test_a_pandas_frame_with_its_own_types_and_gaps():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "item": pandas.array([1, 1, 2, 2, None], dtype="Int64"),
            "worker": pandas.array(["u", "v", "u", "v", "u"], dtype="string"),
            "label": pandas.Categorical(["cat", "dog", "cat", "cat", "dog"]),
            "time": pandas.to_datetime([*ROWS["time"], None], utc=True, format="ISO8601"),
        }
    )
    a = Answers.from_frame(frame)
    same_as_arrays(a)
    assert [p.code for p in a.problems] == ["rows_incomplete"]


def test_a_list_of_boxes_is_refused_and_not_taken_for_numbers():
    with pytest.raises(InputError) as caught:
        Answers.from_arrays(["a", "b"], ["w", "w"], [[0, 0, 1, 1], [0, 0, 2, 2]])
    assert caught.value.code == "value_unusable" and "structured" in str(caught.value)
    with pytest.raises(InputError) as caught:
        Answers.from_frame({"item": [1, 2], "worker": ["u", "v"], "label": [1, "1"]})
    assert caught.value.code == "labels_mixed"


def test_csv_in_utf8_bom_gb18030_and_tab(tmp_path):
    text = "item,worker,label,time\n1,甲,猫,2026-01-01T00:00:00Z\n1,乙,狗,2026-01-01T00:00:01+00:00\n2,甲, 猫 ,\n"
    for name, raw in {
        "bom.csv": text.encode("utf-8-sig"),
        "gbk.csv": text.encode("gb18030"),
        "excel.csv": text.replace(",", "\t").encode("utf-16"),
        "tab.tsv": text.replace(",", "\t").encode(),
    }.items():
        (tmp_path / name).write_bytes(raw)
        a = read_answers(tmp_path / name)
        assert a.items == ["1", "2"] and a.labels == ["狗", "猫"] and set(a.workers) == {"甲", "乙"}
        assert a.time is not None and abs(a.time[0] - a.time[1]) == 1.0 and np.isnan(a.time[2])


def test_csv_rows_of_another_width_are_reported(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("item,worker,label\n1,a,x\n2,a\n3,a,y\n")
    a = read_answers(path)
    assert a.items == ["1", "3"]
    assert [p.code for p in a.problems] == ["rows_malformed"]


def test_parquet_keeps_types(tmp_path):
    path = tmp_path / "a.parquet"
    table = pa.table({"item": [1, 2, 2], "worker": ["a", "a", "b"], "label": pa.array(["x", None, "y"])})
    pyarrow.parquet.write_table(table, path)
    a = read_answers(path)
    assert a.items == [1, 2] and a.labels == ["x", "y"] and len(a) == 2


@pytest.mark.parametrize("name", ["missing.csv", "noise.parquet"])
def test_unreadable_files_are_named(tmp_path, name):
    if name.startswith("noise"):
        (tmp_path / name).write_bytes(b"not parquet")
    with pytest.raises(DoujiaError) as caught:
        read_answers(tmp_path / name)
    assert name in str(caught.value)


def test_gold_that_contradicts_itself_is_refused(tmp_path):
    path = tmp_path / "gold.csv"
    path.write_text("item,truth\n1,x\n2,y\n1,x\n")
    assert read_gold(path) == {"1": "x", "2": "y"}
    path.write_text("item,truth\n1,x\n2,y\n1,y\n")
    with pytest.raises(InputError) as caught:
        read_gold(path)
    assert caught.value.code == "gold_contradicts" and "'1'" in str(caught.value)


def test_gold_of_another_type_or_class():
    a = Answers.from_rows([(1, "a", 0), (1, "b", 1), (2, "a", 0)])
    model = MajorityVote().fit(a, {"1": "1", 9: 0})
    assert model.labels_ == [1, 0]
    assert [p.code for p in model.problems_] == ["gold_without_answers"]
    wider = MajorityVote().fit(a, {1: 7})
    assert wider.classes_ == [0, 1, 7] and wider.labels_[0] == 7
    with pytest.raises(InputError) as caught:
        MajorityVote().fit(a, {1: "cat"})
    assert caught.value.code == "labels_mixed"
