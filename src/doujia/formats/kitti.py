"""KITTI object labels: ``label_2/*.txt`` as boxes in the picture (``kitti``) or as boxes in space (``kitti-3d``).

A line is ``type truncated occluded alpha x1 y1 x2 y2 h w l x y z ry [score]``. Space is the camera's (x right, y down,
z forward), ``x y z`` the middle of the bottom face. Boxes in space come out in the frame of the LiDAR, by their middle:
``p = inv(R0 Tr) (x, y - h/2, z)`` with the calibration of the same frame. Source: devkit readme of the KITTI benchmark.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from doujia.errors import FormatError, InputError, Problem
from doujia.formats.contract import Dataset, Format, LossReport, Problems, ReadOptions, WriteOptions
from doujia.formats.files import fail, files_below, finite, head, lines
from doujia.formats.losses import Holds
from doujia.formats.output import Export, class_names, place_of
from doujia.formats.streamed import StreamedDataset
from doujia.marks import At, Box, Cuboid3D, ImageMedia, Item, ItemMarks, Mark, PointsMedia, Sensor

__all__ = ["FORMATS", "HOLDS_2D", "HOLDS_3D", "camera_box", "lidar_box", "read_2d", "read_3d"]

SPACE = "kitti"
CAMERA = "image_2"
_FLAGS = frozenset({"occluded", "truncated", "ignore"})
HOLDS_2D = Holds(score=True, flags=_FLAGS, ext=frozenset({SPACE}))
HOLDS_3D = Holds(score=True, flags=_FLAGS, ext=frozenset({SPACE}), group=True, at=True, size=False)
_AXES = [0.0, -1.0, 0.0, 0.0, 0.0, 0.0, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0]
"""LiDAR axes (x forward, y left, z up) → camera axes, for sets without any calibration."""

Matrix = npt.NDArray[np.float64]


def lidar_box(values: list[float], to_camera: Matrix) -> Cuboid3D:
    """Return ``h w l x y z ry`` of a line as a box in the frame of the LiDAR; ``to_camera`` is R0 Tr, 4x4."""
    h, w, length, x, y, z, ry = values
    back = np.linalg.inv(to_camera)
    centre = back @ np.array([x, y - h / 2, z, 1.0])
    heading = back[:3, :3] @ np.array([math.cos(ry), 0.0, -math.sin(ry)])
    yaw = math.atan2(heading[1], heading[0])
    q = (math.cos(yaw / 2), 0.0, 0.0, math.sin(yaw / 2))
    return Cuboid3D((float(centre[0]), float(centre[1]), float(centre[2])), (length, w, h), q)


def camera_box(box: Cuboid3D, to_camera: Matrix) -> list[float]:
    """Return ``h w l x y z ry`` for a box in the frame of the LiDAR."""
    length, w, h = box.size
    centre = to_camera @ np.array([*box.centre, 1.0])
    yaw = 2 * math.atan2(box.q[3], box.q[0])
    heading = to_camera[:3, :3] @ np.array([math.cos(yaw), math.sin(yaw), 0.0])
    ry = math.atan2(-heading[2], heading[0])
    return [h, w, length, float(centre[0]), float(centre[1]) + h / 2, float(centre[2]), ry]


def read_2d(path: Path, options: ReadOptions) -> Dataset:
    """Open a folder with ``label_2`` (or of label files) as pictures with boxes."""
    return _dataset(path, space=False)


def read_3d(path: Path, options: ReadOptions) -> Dataset:
    """Open a folder with ``label_2`` and ``calib`` as sweeps with boxes in space."""
    return _dataset(path, space=True)


def write_2d(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write ``label_2/<name>.txt`` for each picture; other kinds become their bounding boxes."""
    with Export("kitti", dataset, destination, options, HOLDS_2D) as out:
        names = class_names(dataset.schema)
        folder = out.folder()
        for bundle in out.items():
            if not isinstance(bundle.item.media, ImageMedia):
                out.not_this_medium(bundle)
                continue
            rows = []
            for mark in bundle.marks:
                box = out.box(bundle, mark)
                if box is not None and (name := _type(out, bundle, mark, names)) is not None:
                    out.kept(bundle, mark)
                    own = mark.ext.get(SPACE, {})
                    rows.append(_line(name, mark, box, own.get("alpha", -10), own.get("space") or _NO_SPACE))
            _put(out, folder, f"label_2/{out.stem(bundle, '.png')}.txt", rows)
    return out.report


def write_3d(dataset: Dataset, destination: Path, options: WriteOptions) -> LossReport:
    """Write ``label_2`` and ``calib``. The box in the picture is the mark of the same group there, else the hull."""
    with Export("kitti-3d", dataset, destination, options, HOLDS_3D) as out:
        names = class_names(dataset.schema)
        folder = out.folder()
        for bundle in out.items():
            if not isinstance(bundle.item.media, PointsMedia):
                out.not_this_medium(bundle)
                continue
            calibration = _calibration_of(bundle.item)
            rows = _rows_3d(out, bundle, calibration, names)
            stem = out.stem(bundle, ".bin")
            _put(out, folder, f"label_2/{stem}.txt", rows)
            rows = [f"{k}: {' '.join(f'{v:.12e}' for v in m)}" for k, m in calibration.items()]
            _put(out, folder, f"calib/{stem}.txt", rows)
    return out.report


def _rows_3d(
    out: Export, bundle: ItemMarks, calibration: dict[str, list[float]], names: dict[str, str]
) -> list[str]:
    to_camera, p2 = _to_camera(calibration), np.array(calibration["P2"]).reshape(3, 4)
    flat = {
        m.group: m
        for m in bundle.marks
        if isinstance(m.geometry, Box) and m.group is not None and m.at is not None and m.at.sensor == CAMERA
    }
    paired: set[str] = set()
    rows = []
    for mark in bundle.marks:
        geometry = mark.geometry
        if isinstance(geometry, Cuboid3D) and geometry.frame == "sensor":
            name = _type(out, bundle, mark, names)
            if name is None:
                continue
            if abs(geometry.q[1]) + abs(geometry.q[2]) > 1e-9:
                out.report.add(
                    "geometry_reduced", source="cuboid3", target="yaw", example=place_of(bundle, mark)
                )
            space = camera_box(geometry, to_camera)
            partner = flat.get(mark.group or "")
            paired.add(mark.group or "")
            box = partner.geometry if partner is not None else _hull(space, p2)
            assert isinstance(box, Box)
            if partner is None:
                out.report.add("box_added", source="cuboid3", example=place_of(bundle, mark))
            alpha = space[6] - math.atan2(space[3], space[5])
            rows.append(_line(name, mark, box, (alpha + math.pi) % math.tau - math.pi, space))
            out.kept(
                bundle,
                mark if partner is not None else msgspec.structs.replace(mark, group=None),
                same_id=True,
            )
            if mark.group is not None and partner is None:
                out.report.add("group_dropped", example=place_of(bundle, mark))
    for mark in bundle.marks:
        geometry = mark.geometry
        if isinstance(geometry, Cuboid3D) and geometry.frame == "sensor":
            continue
        if not isinstance(geometry, Box) or mark.at is None or mark.at.sensor != CAMERA:
            out.dropped(bundle, mark)
        elif mark.group in paired and flat.get(mark.group or "") is mark:
            out.report.marks += 1
        elif (name := _type(out, bundle, mark, names)) is not None:
            out.kept(bundle, mark, same_id=True)
            rows.append(_line(name, mark, geometry, -10, _NO_SPACE))
    return rows


_NO_SPACE = [-1.0, -1.0, -1.0, -1000.0, -1000.0, -1000.0, -10.0]


def _dataset(path: Path, *, space: bool) -> Dataset:
    labels = next((p for p in (path / "label_2", path / "training" / "label_2") if p.is_dir()), path)
    root = labels.parent if labels.name == "label_2" else path
    files = files_below(labels, ".txt") if labels.is_dir() else [labels]
    pictures = {
        p.relative_to(root / CAMERA).with_suffix("").as_posix(): p.suffix
        for p in files_below(root / CAMERA, ".png", ".jpg", ".jpeg")
    }

    def stream(problems: Problems) -> Iterator[ItemMarks]:
        for file in files:
            stem = file.relative_to(labels).with_suffix("").as_posix() if labels.is_dir() else file.stem
            try:
                if space:
                    yield _read_item_3d(file, root / "calib" / f"{stem}.txt", stem, problems)
                else:
                    name = stem + pictures.get(stem, ".png")
                    yield _read_item_2d(file, name, problems)
            except FormatError as error:
                problems.add(error.problem)

    return StreamedDataset(stream, count=len(files))


def _read_item_2d(file: Path, name: str, problems: Problems) -> ItemMarks:
    bundle = ItemMarks(Item(id=name, name=name, media=ImageMedia()))
    for _, kind, values, score in _rows(file, problems, name):
        mark = _mark(kind, values, score, str(len(bundle.marks) + 1))
        if values[10] != -1000 or values[7] != -1:
            mark.ext.setdefault(SPACE, {})["space"] = values[7:14]
        if values[2] != -10:
            mark.ext.setdefault(SPACE, {})["alpha"] = values[2]
        mark.geometry = Box(*values[3:7])
        bundle.marks.append(mark)
    return bundle


def _read_item_3d(file: Path, calibration_file: Path, stem: str, problems: Problems) -> ItemMarks:
    calibration = _read_calibration(calibration_file)
    to_camera = _to_camera(calibration)
    p2 = np.array(calibration["P2"]).reshape(3, 4)
    camera = Sensor(
        name=CAMERA,
        sensor_kind="camera",
        path=f"{CAMERA}/{stem}.png",
        intrinsic=p2[:, :3].ravel().tolist(),
        sensor_to_ego=np.linalg.inv(to_camera).ravel().tolist(),
    )
    lidar = Sensor(name="velodyne", sensor_kind="lidar", path=f"velodyne/{stem}.bin")
    name = f"{stem}.bin"
    media = PointsMedia(fields=["x", "y", "z", "intensity"], sensors=[lidar, camera])
    bundle = ItemMarks(Item(id=name, name=name, media=media, ext={SPACE: {"calib": calibration}}))
    for number, kind, values, score in _rows(file, problems, name):
        mark = _mark(kind, values, score, f"{number}")
        box = Mark(id=f"{number}b", geometry=Box(*values[3:7]), label=mark.label, at=At(sensor=CAMERA))
        if values[7] <= 0 or values[10] == -1000:
            box.flags, box.score, box.id = mark.flags, mark.score, mark.id
            bundle.marks.append(box)
            continue
        mark.geometry = lidar_box(values[7:14], to_camera)
        mark.group = box.group = str(number)
        bundle.marks += [mark, box]
    return bundle


def _rows(file: Path, problems: Problems, item: str) -> Iterator[tuple[int, str, list[float], float | None]]:
    for number, text in lines(file):
        cells = text.split()
        if not cells:
            continue
        try:
            values = [float(c) for c in cells[1:]]
        except ValueError:
            values = []
        if len(cells) not in (15, 16) or not all(finite(v) for v in values) or not values:
            problems.add(
                Problem(
                    "line_malformed",
                    "error",
                    f"应为 15 或 16 列,这里有 {len(cells)} 列,或有的不是数",
                    f"There should be 15 or 16 columns of numbers, there are {len(cells)}",
                    file=str(file),
                    line=number,
                    item=item,
                )
            )
            continue
        yield number, cells[0], values[:14], values[14] if len(values) == 15 else None


def _mark(kind: str, values: list[float], score: float | None, mark_id: str) -> Mark:
    flags: list[str] = []
    own: dict[str, Any] = {}
    if kind == "DontCare":
        flags.append("ignore")
    else:
        if values[1] > 0:
            flags.append("occluded")
        if values[0] > 0:
            flags.append("truncated")
        if values[1] not in (0, 1):
            own["occluded"] = int(values[1])
        if values[0] not in (0, 1):
            own["truncated"] = values[0]
    label = None if kind == "DontCare" else kind
    return Mark(id=mark_id, label=label, flags=flags, score=score, ext={SPACE: own} if own else {})


def _type(out: Export, bundle: ItemMarks, mark: Mark, names: dict[str, str]) -> str | None:
    """The first column: a class, or DontCare for what is to be ignored; a mark with neither is not written."""
    if "ignore" in mark.flags:
        if mark.label is not None:
            out.report.add("class_unmapped", target="DontCare", example=place_of(bundle, mark))
        return "DontCare"
    if mark.label is None:
        out.dropped(bundle, mark, "class_unmapped")
        return None
    name = names.get(mark.label, mark.label)
    if len(name.split()) != 1:
        out.report.add("name_changed", source=name, example=place_of(bundle, mark))
    return "_".join(name.split())


def _line(name: str, mark: Mark, box: Box, alpha: float, space: list[float]) -> str:
    own = mark.ext.get(SPACE, {})
    if name == "DontCare":
        truncated, occluded = -1.0, -1
    else:
        truncated = own.get("truncated", float("truncated" in mark.flags))
        occluded = own.get("occluded", int("occluded" in mark.flags))
    numbers = [alpha, box.x0, box.y0, box.x1, box.y1, *space, *([] if mark.score is None else [mark.score])]
    return " ".join([name, _number(truncated), str(occluded), *map(_number, numbers)])


def _number(value: float) -> str:
    short = f"{value:.2f}"
    return short if float(short) == value else repr(float(value))


def _put(out: Export, folder: Path, name: str, rows: list[str]) -> None:
    with out.file_in(folder, name) as sink:
        sink.write("".join(r + "\n" for r in rows).encode())


def _hull(space: list[float], p2: Matrix) -> Box:
    """The bounding box of the eight projected corners, or zeros when some are behind the camera."""
    h, w, length, x, y, z, ry = space
    cos, sin = math.cos(ry), math.sin(ry)
    corners = [
        (x + cos * a + sin * b, y - c, z - sin * a + cos * b, 1.0)
        for a in (length / 2, -length / 2)
        for b in (w / 2, -w / 2)
        for c in (0.0, h)
    ]
    seen = np.array(corners) @ p2.T
    if (seen[:, 2] <= 0).any():
        return Box(0.0, 0.0, 0.0, 0.0)
    uv = seen[:, :2] / seen[:, 2:]
    return Box(*map(float, (uv[:, 0].min(), uv[:, 1].min(), uv[:, 0].max(), uv[:, 1].max())))


def _read_calibration(file: Path) -> dict[str, list[float]]:
    if not file.is_file():
        fail(
            "calibration_missing",
            f"缺少标定文件 {file.name}",
            f"The calibration {file.name} is missing",
            file=file,
        )
    found: dict[str, list[float]] = {}
    for number, text in lines(file):
        name, _, rest = text.partition(":")
        if not rest.strip():
            continue
        try:
            found[name.strip()] = [float(v) for v in rest.split()]
        except ValueError:
            fail(
                "number_bad",
                f"{name} 里有不是数的",
                f"{name} holds something that is no number",
                file=file,
                line=number,
            )
    for name, size in (("P2", 12), ("R0_rect", 9), ("Tr_velo_to_cam", 12)):
        if len(found.get(name, [])) != size or not all(finite(v) for v in found[name]):
            fail(
                "calibration_bad",
                f"标定缺少 {name} 或个数不对",
                f"{name} is missing or not {size} numbers",
                file=file,
                pointer=name,
            )
    for name in ("R0_rect", "Tr_velo_to_cam"):
        r = np.array(found[name]).reshape(3, -1)[:, :3]
        if np.abs(r @ r.T - np.eye(3)).max() > 1e-3 or np.linalg.det(r) < 0:
            fail("rotation_bad", f"{name} 不是旋转矩阵", f"{name} is not a rotation", file=file, pointer=name)
    return found


def _to_camera(calibration: dict[str, list[float]]) -> Matrix:
    r0, tr = np.eye(4), np.eye(4)
    r0[:3, :3] = np.array(calibration["R0_rect"]).reshape(3, 3)
    tr[:3] = np.array(calibration["Tr_velo_to_cam"]).reshape(3, 4)
    product: Matrix = r0 @ tr
    return product


def _calibration_of(item: Item) -> dict[str, list[float]]:
    kept: Any = item.ext.get(SPACE, {}).get("calib")
    if isinstance(kept, dict):
        return kept
    assert isinstance(item.media, PointsMedia)
    camera = next(
        (s for s in item.media.sensors if s.sensor_kind == "camera" and s.intrinsic and s.sensor_to_ego), None
    )
    lidar = next((s for s in item.media.sensors if s.sensor_kind == "lidar"), None)
    if camera is None or camera.intrinsic is None or camera.sensor_to_ego is None:
        return {
            "P2": [1.0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0],
            "R0_rect": np.eye(3).ravel().tolist(),
            "Tr_velo_to_cam": _AXES,
        }
    ego = (
        np.array(lidar.sensor_to_ego).reshape(4, 4)
        if lidar is not None and lidar.sensor_to_ego
        else np.eye(4)
    )
    try:
        to_camera = np.linalg.inv(np.array(camera.sensor_to_ego).reshape(4, 4)) @ ego
    except (np.linalg.LinAlgError, ValueError) as error:
        raise InputError(
            f"The pose of {camera.name} cannot be inverted.",
            zh=f"{camera.name} 的外参不可逆。",
            code="calibration_bad",
        ) from error
    p2 = np.hstack([np.array(camera.intrinsic).reshape(3, 3), np.zeros((3, 1))])
    return {
        "P2": p2.ravel().tolist(),
        "R0_rect": np.eye(3).ravel().tolist(),
        "Tr_velo_to_cam": to_camera[:3].ravel().tolist(),
    }


def sniff(path: Path) -> float:
    """Confidence by the folder ``label_2`` and the columns of a first line."""
    labels = next((p for p in (path / "label_2", path / "training" / "label_2") if p.is_dir()), None)
    if labels is not None:
        return 0.85
    if path.suffix.lower() != ".txt":
        return 0.0
    cells = head(path).split("\n", 1)[0].split()
    return 0.6 if len(cells) in (15, 16) and cells[0][:1].isalpha() else 0.0


def sniff_3d(path: Path) -> float:
    """As ``sniff``, and there is a calibration."""
    found = any((p / "calib").is_dir() for p in (path, path / "training"))
    return 0.9 if found and sniff(path) else 0.0


FORMATS = (
    Format(
        "kitti", ("KITTI 二维框", "KITTI 2D boxes"), (".txt",), sniff, read_2d, write_2d, frozenset({"box"})
    ),
    Format(
        "kitti-3d",
        ("KITTI 三维框", "KITTI 3D boxes"),
        (".txt",),
        sniff_3d,
        read_3d,
        write_3d,
        frozenset({"cuboid3"}),
    ),
)
