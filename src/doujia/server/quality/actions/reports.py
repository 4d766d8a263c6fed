"""Taking verdicts apart for the pages, soon after they were given: a few milliseconds for each hundred.

The worker's clock does it, never a page: whoever looks changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import msgspec

from doujia.server.data import queries as data
from doujia.server.kernel import clock, db
from doujia.server.people import queries as people
from doujia.server.projects import queries as projects
from doujia.server.quality.checked import Examined, Found, examine
from doujia.server.quality.models.reports import Check, CheckCount, CheckFinding, CheckPair, CheckState
from doujia.server.work.queries.checks import CheckRow, checks
from doujia.server.work.queries.verdicts import newest_verdicts

__all__ = ["AT_A_BEAT", "behind", "catch_up"]

BATCH = 50
"""Verdicts that are kept together: some 20 ms of the write lock."""
AT_A_BEAT = 200
"""Verdicts of a project that one beat of the clock takes apart."""
MOST = 4_000
LATE = timedelta(minutes=2)
"""Verdicts are looked at again for so long: two may be safe on disk in another order than their times say."""
SHANGHAI = timezone(timedelta(hours=8))


def behind() -> list[str]:
    """Return the projects with verdicts that may not have been taken apart, by one statement and one probe each."""
    seen = dict(CheckState.objects.values_list("project", "at"))
    lately = clock.now() - LATE
    return [p for p, at in newest_verdicts().items() if p not in seen or at > seen[p] or at > lately]


def catch_up(project: str, *, most: int = MOST) -> int:
    """Take apart the verdicts that came since the last call; returns how many.

    Safe to call at any time and by several at once: a verdict is kept under its own id.

    Args:
        most: stop after so many; the next call goes on.
    """
    state = CheckState.objects.filter(project=project).first()
    seen = state.at if state is not None else None
    after = (seen - LATE, str(UUID(int=0))) if seen is not None else None
    done = 0
    while done < most:
        rows = checks(project, after=after, limit=BATCH)
        if not rows:
            break
        done += _keep(project, rows, seen)
        after = (rows[-1].at, rows[-1].review)
        if len(rows) < BATCH:
            break
    return done


def _keep(project: str, rows: list[CheckRow], seen: datetime | None) -> int:
    known = _known(rows)
    fresh = [r for r in rows if r.counted and r.review not in known]
    if not fresh:
        if seen is None or rows[-1].at > seen:  # only some that count nowhere
            with db.write():
                _turn(project, rows[-1])
        return 0
    bases = _bases(project, {r.person for r in fresh})
    items = data.get_items({r.item for r in fresh})
    made = []
    for row in fresh:
        result = examine(row.document, row.findings, row.verdict, final=row.final)
        dataset = items[row.item].dataset if row.item in items else ""
        made.append((row, _check(project, row, result, bases.get(row.person, ""), dataset), result))
    with db.write():
        _turn(project, rows[-1])
        known = _known(rows)  # somebody else may have kept some since
        made = [m for m in made if m[0].review not in known]
        Check.objects.bulk_create(check for _, check, _ in made)
        _write_parts([(check, result) for _, check, result in made])
        _supersede({check.submission for _, check, _ in made})
        for row, _, _ in made:
            if row.previous is not None and row.verdict != "reject":
                _complete(row)
    return len(made)


def _supersede(submissions: set[UUID]) -> None:
    """An answer that was judged again (an appeal) counts by its last verdict; the earlier ones count nowhere."""
    latest: dict[UUID, UUID] = {}
    found = Check.objects.filter(submission__in=submissions, void=False).order_by(
        "submission", "at", "review"
    )
    rows = list(found.values_list("submission", "review"))
    for submission, review in rows:
        latest[submission] = review
    earlier = [review for submission, review in rows if latest[submission] != review]
    if earlier:
        Check.objects.filter(review__in=earlier).update(void=True)


def _known(rows: list[CheckRow]) -> set[str]:
    found = Check.objects.filter(review__in=[UUID(r.review) for r in rows]).values_list("review", flat=True)
    return {str(r) for r in found}


def _turn(project: str, last: CheckRow) -> None:
    """Remember how far we are; on PostgreSQL two that do the same work one after the other meet here."""
    row, made = CheckState.objects.select_for_update().get_or_create(
        project=project, defaults={"at": last.at, "review": UUID(last.review)}
    )
    if not made and last.at > row.at:  # what is looked at again for lateness does not turn it back
        row.at, row.review = last.at, UUID(last.review)
        row.save(update_fields=["at", "review"])


def _bases(project: str, persons: set[str]) -> dict[str, str]:
    """Return at which of the project's places each person works."""
    setup = projects.setup(project)
    out: dict[str, str] = {}
    for tenant in (*setup.bases, setup.client):
        for person in persons & set(people.members(tenant)):
            out.setdefault(person, tenant)
    return out


def _check(project: str, row: CheckRow, result: Examined, base: str, dataset: str) -> Check:
    return Check(
        review=UUID(row.review), project=project, task=row.task, item=row.item, submission=UUID(row.submission), person=row.person,
        base=base, reviewer=row.reviewer, verdict=row.verdict, first=row.revision == 1, dataset=dataset, suggested=row.suggested,
        guideline_version=row.guideline_version, marks=result.marks, wrong=result.wrong, active_ms=row.active_ms,
        review_ms=row.review_ms, day=row.at.astimezone(SHANGHAI).date(), at=row.at,
    )  # fmt: skip


def _write_parts(made: list[tuple[Check, Examined]]) -> None:
    counts, pairs, findings = [], [], []
    for check, result in made:
        common = {"of": check, "project": check.project, "person": check.person, "day": check.day}
        if check.first:
            counts += [CheckCount(**common, key=k, n=n, wrong=w) for k, (n, w) in result.counts.items()]
            pairs += [CheckPair(**common, given=g, right=r, n=n) for (g, r), n in result.pairs.items()]
        findings += [_finding(common, f) for f in result.found]
    CheckCount.objects.bulk_create(counts)
    CheckPair.objects.bulk_create(pairs)
    CheckFinding.objects.bulk_create(findings)


def _finding(common: dict[str, Any], f: Found) -> CheckFinding:
    x0, y0, x1, y1 = f.bounds if f.bounds is not None else (None, None, None, None)
    return CheckFinding(
        **common, error_class=f.error_class, severity=f.severity, label=f.label[:120], rule=f.rule, text=f.text, mark=f.mark[:200],
        fixed=f.fixed, x0=x0, y0=y0, x1=x1, y1=y1,
    )  # fmt: skip


def _complete(row: CheckRow) -> None:
    """A rejected answer came back and was accepted: now its missed objects have a class, and its wrong names a right one."""
    check = Check.objects.filter(submission=UUID(str(row.previous)), verdict="reject").first()
    if check is None or row.previous_document is None:
        return
    said = [
        {
            "error_class": f.error_class, "severity": f.severity, "mark": f.mark or None, "rule": f.rule or None, "text": f.text or None,
            "place": [(f.x0 + f.x1) / 2, (f.y0 + f.y1) / 2] if f.x0 is not None and f.x1 is not None and f.y0 is not None and f.y1 is not None else None,
        }
        for f in CheckFinding.objects.filter(of=check).order_by("id")
    ]  # fmt: skip
    final = row.final if row.final is not None else row.document
    result = examine(row.previous_document, msgspec.json.encode(said), "reject", later=final)
    CheckCount.objects.filter(of=check).delete()
    CheckPair.objects.filter(of=check).delete()
    CheckFinding.objects.filter(of=check).delete()
    _write_parts([(check, result)])
    Check.objects.filter(review=check.review).update(marks=result.marks, wrong=result.wrong)
