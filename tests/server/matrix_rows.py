"""The permission matrix, written by hand: one row for each operation of the API.

Who adds an endpoint adds its row here (or the build fails). A row says who of those that belong to a place may do it
there; ``test_permission_matrix`` asks as everybody: every role in the place, the same roles of another place, nobody,
and tokens of each scope. The rows are the specification: they do not read ``permissions.py``.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import matrix_data as data
import matrix_quality as quality
import matrix_work as work
from matrix_world import PASSWORD, World, roster_file

Body = Callable[[World], Any]
SCHEMA = {"classes": [{"id": "car", "kinds": ["box"]}]}
EVERYONE = "worker lead manager teacher trainer viewer client admin"


@dataclass(frozen=True)
class Row:
    """What an operation demands.

    Attributes:
        allow: roles that may, in the place; ``anonymous`` needs no login.
        scope: the least token scope; ``web``: no token will do; ``none``: open to anybody.
        at: places in which it is tried: ``base``, ``client``, ``project`` (base and client together), ``self``.
        path: parameters of the address and the things they name.
        body: the JSON body; ``form`` a multipart one, ``raw`` bytes; ``query`` without the question mark.
        denied: the answer for who belongs to the place but may not; ``special`` names roles that get another.
        foreign: the answer for the same roles of another place; None: the list shows only one's own.
        ok: the answers that mean it was let through.
        hides: a thing whose id no answer to an outsider may hold: for lists that answer 200 with less in them.
        needs: things that must be there though the address does not name them.
    """

    allow: str
    scope: str = "write"
    at: str = "base"
    path: dict[str, str] = field(default_factory=dict)
    body: Body | None = None
    form: Body | None = None
    query: Body | None = None
    raw: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    denied: int = 403
    special: dict[str, int] = field(default_factory=dict)
    foreign: int | None = 404
    ok: tuple[int, ...] = (200, 201, 202, 204)
    needs: tuple[str, ...] = ()
    hides: str = ""


def _person(**more: Any) -> Row:
    return Row(**({"path": {"person": "below"}, "scope": "admin", "at": "base client"} | more))


MANAGERS = "manager client admin"
LOOKERS = "lead manager teacher client admin"
HOOK = {"webhook": "webhook"}

KERNEL: dict[str, Row] = {
    "job_list": Row("lead manager client admin", "read", "base client", query=lambda w: f"tenant={w.place}"),
    "job_get": Row("lead manager client admin", "read", "base client", {"job": "job"}, denied=404),
    "job_cancel": Row("manager client admin", "write", "base client", {"job": "job"}, denied=404, special={"lead": 403}),
    "job_resume": Row("manager client admin", "write", "base client", {"job": "stopped job"}, denied=404, special={"lead": 403}),
    "audit_list": Row("manager admin", "admin", "base client", query=lambda w: f"tenant={w.place}"),
    "webhook_events": Row(EVERYONE, "read", "self", foreign=None),
    "webhook_list": Row(MANAGERS, "admin", "base client", query=lambda w: f"tenant={w.place}"),
    "webhook_create": Row(
        MANAGERS, "admin", "base client", body=lambda w: {"tenant": w.place, "url": "http://8.8.8.8/", "events": ["*"]}
    ),
    "webhook_edit": Row(MANAGERS, "admin", "base client", HOOK, body=lambda w: {"active": False}),
    "webhook_remove": Row(MANAGERS, "admin", "base client", HOOK),
    "webhook_secret": Row(MANAGERS, "admin", "base client", HOOK),
    "webhook_ping": Row(MANAGERS, "admin", "base client", HOOK),
    "webhook_deliveries": Row(MANAGERS, "admin", "base client", HOOK),
    "platform_state": Row("admin", "admin", foreign=403),
    "platform_backups": Row("admin", "admin", foreign=403),
    "platform_backup_make": Row("admin", "admin", foreign=403),
    "platform_backup_check": Row("admin", "admin", path={"name": "none"}, ok=(404,), foreign=403),
    "platform_trail_verify": Row("admin", "admin", foreign=403),
    "webhook_redeliver": Row(MANAGERS, "admin", "base client", HOOK | {"delivery": "delivery"}),
}  # fmt: skip

PEOPLE: dict[str, Row] = {
    "people_login": Row("anonymous", "none", "self", body=lambda w: {"login": "x", "password": "y"}, ok=(401,)),
    "people_door": Row("anonymous", "none", "self", {"code": "enrolment code"}),
    "people_enrol": Row(
        "anonymous", "none", "self", {"code": "enrolment code"}, body=lambda w: {"display_name": "新人", "password": PASSWORD}
    ),
    "people_join": Row(EVERYONE, "web", "self", {"code": "enrolment code"}),
    "people_logout": Row(EVERYONE, "web", "self"),
    "people_me": Row(EVERYONE, "read", "self"),
    "people_password": Row(EVERYONE, "web", "self", body=lambda w: {"old": "wrong", "new": PASSWORD}, ok=(422,)),
    "people_language": Row(EVERYONE, "web", "self", body=lambda w: {"language": "en"}),
    "people_sessions": Row(EVERYONE, "web", "self"),
    "people_session_revoke": Row(EVERYONE, "web", "self", {"session": "others"}),
    "people_tokens": Row(EVERYONE, "web", "self"),
    "people_token_create": Row(EVERYONE, "web", "self", body=lambda w: {"name": "x"}),
    "people_token_revoke": Row(EVERYONE, "web", "self", {"token": "none"}, ok=(404,)),
    "people_tenants": Row(EVERYONE, "read", "self"),
    "people_roster_template": Row(EVERYONE, "read", "self"),
    "people_tenant_create": Row("admin", "admin", "base", body=lambda w: {"kind": "base", "name": "新基地"}, foreign=403),
    "people_tenant_edit": Row("admin", "admin", "base client", {"tenant": "place"}, body=lambda w: {"name": "改名"}),
    "people_list": Row(LOOKERS, "read", "base client", query=lambda w: f"tenant={w.place}"),
    "people_create": Row(
        MANAGERS, "admin", "base client",
        body=lambda w: {"tenant": w.place, "role": "worker" if w.place == w.base else "viewer", "display_name": "新来的"},
    ),
    "people_get": _person(allow=LOOKERS, scope="read"),
    "people_edit": _person(allow=MANAGERS, body=lambda w: {"display_name": "改了"}),
    "people_close": _person(allow=MANAGERS),
    "people_reset_password": _person(allow=MANAGERS),
    "people_grant_role": _person(allow=MANAGERS, body=lambda w: {"tenant": w.place, "role": "trainer"}),
    "people_revoke_role": Row(
        "manager admin", "admin", "base", {"person": "below", "tenant": "place", "role": "worker role"}
    ),
    "people_qualifications": _person(allow=LOOKERS, scope="read"),
    "people_qualify": _person(allow="manager teacher admin", body=lambda w: {"skill": "box", "level": 2}),
    "people_unqualify": _person(allow="manager teacher admin", path={"person": "below", "skill": "skill"}),
    "people_roster": Row(MANAGERS, "admin", "base", form=lambda w: {"tenant": w.place, "file": roster_file()}),
    "people_links": Row("manager admin", "admin", "base", query=lambda w: f"tenant={w.base}"),
    "people_link_create": Row("manager admin", "admin", "base", body=lambda w: {"tenant": w.base}),
    "people_link_revoke": Row("manager admin", "admin", "base", {"link": "link"}),
    "people_identity": _person(allow="manager admin"),
    "people_identity_looks": _person(allow="manager admin"),
    "people_identity_edit": _person(allow="manager admin", body=lambda w: {"legal_name": "王小豆"}),
    "people_identity_erase": _person(allow="manager admin"),
    "people_my_data": Row(EVERYONE, "web", "self"),
    "people_erase": Row(EVERYONE, "web", "self", body=lambda w: {"password": "wrong"}, ok=(422,)),
    "people_identity_reveal": _person(
        allow="manager admin", scope="web", body=lambda w: {"columns": ["phone"], "reason": "needed"}, path={"person": "known person"}
    ),
}  # fmt: skip


def _project(allow: str, scope: str = "write", **more: Any) -> Row:
    return Row(allow, scope, "project", **({"path": {"project": "project"}} | more))


def _task(allow: str, scope: str = "write", **more: Any) -> Row:
    return Row(allow, scope, "project", **({"path": {"task": "task"}} | more))


TAKERS = "worker lead trainer"
CHECKERS = "lead manager trainer client"
LEADERS = "lead manager trainer admin"
MEMBERS = "worker lead manager trainer client admin"
BOARD = "lead manager trainer client admin"

WORK: dict[str, Row] = {
    "work_next": Row(
        TAKERS, at="project", path={}, body=lambda w: {"project": w.get("project"), "want": 1}, needs=("task",)
    ),
    "work_save_draft": _task(TAKERS, body=lambda w: {"lease": work.lease(w), "seq": 1, "marks": []}),
    "work_submit": Row(TAKERS, at="project", body=work.sent, needs=("task",)),
    "work_review": Row(CHECKERS, at="project", body=work.verdict, needs=("task",)),
    "work_skip": _task(TAKERS, body=lambda w: {"lease": work.lease(w), "reason": "unclear"}),
    "work_give_back": _task(TAKERS, body=lambda w: {"lease": work.lease(w)}),
    "work_reopen": Row(CHECKERS, at="project", path={"submission": "answer"}),
    "work_today": Row(EVERYONE, "read", "self"),
    "work_mine": Row(EVERYONE, "read", "self"),
    "work_revisions": _task(MEMBERS, "read"),
    "work_difference": Row(BOARD, "read", "project", {"before": "answer", "after": "later answer"}),
    "work_comments": _task(MEMBERS, "read"),
    "work_comment": _task("worker lead manager trainer client", body=lambda w: {"text": "看这里"}),
    "work_questions": _project(MEMBERS, "read"),
    "work_ask": _project("worker lead manager trainer client", body=lambda w: {"text": "?"}),
    "work_answer": Row(CHECKERS, at="project", path={"question": "question"}, body=lambda w: {"text": "是"}),
    "work_board": _project(BOARD, "read"),
    "work_tasks": _project(BOARD, "read"),
    "work_task_ids": _project(BOARD, "read"),
    "work_task": _task(BOARD, "read"),
    "work_takers": _project(BOARD, "read"),
    "work_park": _project(LEADERS, body=lambda w: {"tasks": [w.get("task")]}, needs=("task",)),
    "work_reopen_tasks": _project(CHECKERS, body=lambda w: {"tasks": [w.get("task")]}, needs=("task",)),
    "work_add_tasks": _project(BOARD, body=lambda w: {"tasks": [{"item": "item-2"}]}),
    "work_pause": _project(LEADERS, body=lambda w: {"paused": True}, needs=("task",)),
    "work_reassign": _project(LEADERS, body=lambda w: {"tasks": [w.get("task")], "person": None}, needs=("task",)),
    "work_extend": _project(LEADERS, body=lambda w: {"tasks": [w.get("task")], "minutes": 5}, needs=("task",)),
    "work_priority": _project(LEADERS, body=lambda w: {"tasks": [w.get("task")], "priority": 1}, needs=("task",)),
    "work_return_parked": _project(LEADERS, body=lambda w: {"tasks": [w.get("task")]}, needs=("task",)),
    "work_extras": _project(BOARD, "read"),
    "work_extra": Row(BOARD, "read", "project", {"submission": "extra answer"}),
    "work_extra_take": Row(LEADERS, "write", "project", {"submission": "extra answer"}),
    "work_extra_aside": Row(LEADERS, "write", "project", {"submission": "extra answer"}),
    "work_filters": _project(BOARD, "read"),
    "work_save_filter": _project(BOARD, body=lambda w: {"name": "x", "query": {}}),
    "work_setup": _project(MEMBERS, "read"),
    "work_import": _project(
        BOARD, query=lambda w: "name=marks.jsonl&mode=prelabels&format=doujia-jsonl", raw=b'{"format":"doujia-jsonl"}\n'
    ),
    "work_delete_filter": Row(EVERYONE, "write", "self", {"filter_id": "none"}, ok=(404,)),
}  # fmt: skip

VIEWERS = "worker lead manager trainer client admin"
OWNERS = "manager client admin"
GUIDES = "lead manager trainer client admin"

PROJECTS: dict[str, Row] = {
    "projects_templates": Row(EVERYONE, "read", "self"),
    "projects_schema_import": Row(
        EVERYONE, "read", "self", body=lambda w: {"kind": "doujia", "text": json.dumps(SCHEMA)}
    ),
    "projects_list": Row(
        "worker lead manager teacher trainer viewer client admin", "read", "project", hides="project", foreign=200
    ),
    "projects_partners": Row(EVERYONE, "read", "self"),
    "projects_create": Row(
        OWNERS, at="project", needs=("project",),
        body=lambda w: {"name": "新", "client": w.client, "bases": [w.base], "schema_document": SCHEMA},
    ),
    "projects_asset": Row(VIEWERS, "read", "project", {"asset": "guideline picture"}),
    "projects_get": _project(VIEWERS, "read"),
    "projects_edit": _project(OWNERS, body=lambda w: {"name": "改名"}),
    "projects_state": _project(OWNERS, body=lambda w: {"state": "paused"}),
    "projects_schema_get": _project(VIEWERS, "read"),
    "projects_schema_put": _project(OWNERS, body=lambda w: SCHEMA),
    "projects_guideline_get": _project(VIEWERS, "read"),
    "projects_guideline_put": _project(GUIDES, body=lambda w: {"markdown": "新", "changed": "都改了"}),
    "projects_guideline_diff": _project(VIEWERS, "read", query=lambda w: "old=1&new=1"),
    "projects_asset_add": _project(GUIDES, raw=work.PICTURE),
    "projects_items_add": _project(OWNERS, body=lambda w: {"dataset": "none"}, ok=(404,)),
}  # fmt: skip


def _dataset(allow: str, scope: str = "write", **more: Any) -> Row:
    return Row(allow, scope, "base client", **({"path": {"dataset": "dataset"}} | more))


def _upload(**more: Any) -> Row:
    return _dataset(OWNERS, **({"path": {"upload": "upload"}, "query": data.own_upload} | more))


SEEN = {"If-Match": '"1"'}
DATA: dict[str, Row] = {
    "data_datasets": Row("lead manager trainer client admin", "read", "base client", query=lambda w: f"tenant={w.place}", hides="dataset", denied=200, foreign=200),
    "data_dataset_create": Row(
        OWNERS, at="base client", body=lambda w: {"tenant": w.place, "name": "新", "medium": "text"}
    ),
    "data_dataset": _dataset(GUIDES, "read"),
    "data_dataset_edit": _dataset(OWNERS, body=lambda w: {"name": "改名"}, headers=SEEN),
    "data_dataset_delete": _dataset(OWNERS),
    "data_items": _dataset(GUIDES, "read"),
    "data_items_add": _dataset(OWNERS, body=lambda w: [data.ROW | {"name": "b"}]),
    "data_item": _dataset(GUIDES, "read", path={"item": "item"}),
    "data_item_edit": _dataset(OWNERS, path={"item": "item"}, body=lambda w: {"attrs": {"a": 1}}, headers=SEEN),
    "data_items_trash": _dataset(OWNERS, body=lambda w: {"items": [w.get("item")]}, needs=("item",)),
    "data_items_restore": _dataset(OWNERS, body=lambda w: {"items": [w.get("item")]}, needs=("item",)),
    "data_upload_open": _dataset(OWNERS),
    "data_uploads": _dataset(OWNERS, "write"),
    "data_upload": _upload(),
    "data_upload_announce": _upload(body=lambda w: {"files": [{"name": "b.txt", "size": 1}]}),
    "data_upload_part": _upload(
        path={"upload": "upload", "file": "upload file"}, raw=b"x", query=lambda w: data.own_upload(w) + "offset=0", ok=(200, 409)
    ),
    "data_upload_commit": _upload(body=lambda w: {}, needs=("upload file",)),
    "data_upload_drop": _upload(),
    "data_roots": _dataset(OWNERS),
    "data_imports": _dataset(GUIDES, "read"),
    "data_import_urls": _dataset(OWNERS, body=lambda w: {"urls": [{"url": "http://8.8.8.8/a.txt"}]}),
    "data_import_folder": _dataset(OWNERS, "admin", body=lambda w: {"root": "none"}, ok=(404,)),
    "data_import": _dataset(GUIDES, "read", path={"run": "import"}),
    "data_import_refused": _dataset(GUIDES, "read", path={"run": "import"}),
    "data_import_cancel": _dataset(OWNERS, path={"run": "import"}),
    "data_import_resume": _dataset(OWNERS, path={"run": "stopped import"}),
}  # fmt: skip

RELEASES: dict[str, Row] = {
    "releases_list": _project(BOARD, "read"),
    "releases_formats": Row(EVERYONE, "read", "self", foreign=None),
    "releases_make": _project("manager trainer client admin", body=lambda w: {"name": "v"}),
    "releases_get": Row(BOARD, "read", "project", {"release": "release"}),
    "releases_file": Row(BOARD, "read", "project", {"release": "release", "name": "release file"}),
    "releases_exports": Row(BOARD, "read", "project", {"release": "release"}),
    "releases_export": Row(BOARD, "write", "project", {"release": "release"}, body=lambda w: {"format": "doujia-jsonl"}),
    "releases_export_get": Row(BOARD, "read", "project", {"export": "export"}),
    "releases_export_file": Row(BOARD, "read", "project", {"export": "export"}),
    "releases_compare": Row(BOARD, "read", "project", {"before": "release", "after": "release"}),
}  # fmt: skip

# Only the author of an answer appeals: here that is the worker of the base.
KEEPERS = "lead manager trainer admin"
QUALITY: dict[str, Row] = {
    "quality_appeal": Row("worker", at="project", body=lambda w: {"submission": w.get("rejected answer")}, needs=("rejected answer",)),
    "quality_appeal_withdraw": Row("worker", at="project", path={"appeal": "appeal"}),
    "quality_my_appeals": Row(EVERYONE, "read", "self"),
    "quality_appeals_waiting": Row(EVERYONE, "read", "self"),
    "quality_appeals": _project(BOARD, "read"),
    "quality_overturns": _project(BOARD, "read"),
    "quality_mine": Row(EVERYONE, "read", "self"),
    "quality_mine_counted": _project(MEMBERS, "read", query=lambda w: "week=2026-03-02"),
    "quality_records": _project(BOARD, "read"),
    "quality_policy_get": _project(BOARD, "read"),
    "quality_policy_put": _project(LEADERS, body=lambda w: {"by_record": True}),
    "quality_consensus": _project(BOARD, "read"),
    "quality_consensus_tasks": _project(BOARD, "read"),
    "quality_consensus_run": _project("lead manager trainer admin"),
    "quality_agreement": _project(BOARD, "read"),
    "quality_skills": _project(BOARD, "read"),
    "quality_assistance": _project(BOARD, "read"),
    "quality_figures_run": _project("lead manager trainer admin"),
    "quality_cases": _project("lead manager trainer admin"),
    "quality_case_decide": Row("lead manager trainer admin", at="project", path={"case": "case"}, body=lambda w: {"state": "harmless"}),
    "quality_repeated_questions": _project(MEMBERS, "read"),
    "quality_guideline_change": _project(
        CHECKERS, body=lambda w: {"questions": [w.get("question")], "paragraph": "新", "changed": "都改了", "version": 1},
        needs=("question",),
    ),
    "quality_rules": _project(BOARD, "read"),
    "quality_rule_save": _project(LEADERS, body=quality.rule_body),
    "quality_rule_try": _project(LEADERS, body=quality.rule_body),
    "quality_rule_live": Row(LEADERS, at="project", path={"rule": "rule"}, body=lambda w: {"version": 1}),
    "quality_rule_off": Row(LEADERS, at="project", path={"rule": "rule"}),
    "quality_firings": _project(BOARD, "read"),
    "quality_my_firings": Row(EVERYONE, "read", "self"),
    "quality_firings_waiting": Row(EVERYONE, "read", "self"),
    "quality_firing_seen": Row(LEADERS, at="project", path={"firing": "firing"}),
    "quality_firing_withdraw": Row(LEADERS, at="project", path={"firing": "firing"}),
    "quality_pause_agree": Row(LEADERS, at="project", path={"firing": "firing"}),
    "quality_pause_decline": Row(LEADERS, at="project", path={"firing": "firing"}),
    "quality_pause_end": Row(LEADERS, at="project", path={"firing": "firing in force"}),
    "quality_calendar": Row(EVERYONE, "read", "base client", {"tenant": "place"}, query=lambda w: "year=2026"),
    "quality_calendar_set": Row(MANAGERS, at="base client", path={"tenant": "place"}, body=lambda w: {"year": 2026, "days": []}),
    "quality_projects": Row(BOARD, "read", "project", hides="project", denied=200, foreign=200),
    "quality_report": _project(BOARD, "read"),
    "quality_gold_list": _project(BOARD, "read"),
    "quality_gold_health": _project(BOARD, "read"),
    "quality_gold_standings": _project(BOARD, "read"),
    "quality_gold_make": _project(KEEPERS, body=lambda w: {"task": w.get("task")}, needs=("task",), ok=(409,)),
    "quality_gold_sample": _project(KEEPERS, body=lambda w: {"count": 1}),
    "quality_gold": Row(KEEPERS, at="project", path={"gold": "known task"}),
    "quality_gold_change": Row(KEEPERS, at="project", path={"gold": "known task"}, body=lambda w: {"rule": "2.1"}),
    "quality_gold_keep": Row(KEEPERS, at="project", path={"gold": "known task"}, ok=(409,)),
    "quality_gold_correct": Row(KEEPERS, at="project", path={"gold": "known task"}, body=lambda w: {"marks": []}),
    "quality_pools": _project(BOARD, "read"),
    "quality_pool_set": _project(
        KEEPERS, path={"project": "project", "kind": "pool kind"}, body=lambda w: {"size": 5, "pass_share": 0.8, "tries": 2}
    ),
    "quality_practice_list": _project(BOARD, "read"),
    "quality_practice_assign": _project(
        KEEPERS, body=lambda w: {"person": w.person("worker"), "kind": "training"}, needs=("known task",)
    ),
    "quality_my_practice": Row(EVERYONE, "read", "self"),
    "quality_practice_next": Row("worker", at="project", path={"run": "practice"}, body=lambda w: {"want": 1}),
    "quality_practice_answer": Row(
        "worker", at="project", path={"run": "practice"}, body=lambda w: {"id": "a", "step": "none", "marks": []}, ok=(404,)
    ),
    "quality_practice_run": Row(BOARD + " worker", at="project", path={"run": "practice"}),
    "quality_practice_cancel": Row(KEEPERS, at="project", path={"run": "practice"}, ok=(200, 409)),
    "quality_errors": _project(BOARD, "read"),
    "quality_person": _project(BOARD, "read", path={"project": "project", "person": "below"}),
    "quality_reviewers": _project(BOARD, "read"),
    "quality_tables": _project(BOARD, "read"),
}  # fmt: skip

ROWS: dict[str, Row] = KERNEL | PEOPLE | WORK | PROJECTS | DATA | RELEASES | QUALITY
