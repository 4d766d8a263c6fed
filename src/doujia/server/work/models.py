"""Tables of the work room. Private: other rooms use ``actions`` and ``queries``.

``Ready`` and ``Lease`` are apart on purpose: a slot is a row of one or the other, moving with its id. Both stay small,
whatever the number of tasks, and a submission finds its lease by primary key. A slot that has been answered is in
neither; its answers carry its id.
"""

from __future__ import annotations

from django.db import models


class Queue(models.Model):
    """The work of one project: its pause switch, how many tasks there are, the secret of its tokens and samples."""

    id = models.BigAutoField(primary_key=True)
    project = models.CharField(max_length=64, unique=True)
    paused = models.BooleanField(default=False)
    seed = models.BinaryField(max_length=16)
    total = models.BigIntegerField(default=0)
    next_seq = models.BigIntegerField(default=1)
    created_at = models.DateTimeField()


class Task(models.Model):
    """One item to be done in a project. ``state``: open, done, parked (too many skips), known (its right answer came
    with a file before anybody began: no production, only given out to see how people do).

    ``consensus``: its answers become one before it is done (or an arbiter decides); they wait as ``submitted``.
    """

    id = models.BigIntegerField(primary_key=True)
    queue = models.ForeignKey(Queue, models.PROTECT, db_index=False)
    item = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    rank = models.IntegerField(default=0)  # -priority, so that one ascending index gives the order
    state = models.CharField(max_length=8, default="open")
    slots = models.SmallIntegerField(default=1)
    answered = models.SmallIntegerField(default=0)
    accepted = models.SmallIntegerField(default=0)
    check_always = models.BooleanField(default=False)
    consensus = models.BooleanField(default=False, db_default=False)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "item"], name="work_task_item")]
        indexes = [
            models.Index(fields=["queue", "seq"], name="work_task_seq"),
            models.Index(fields=["queue", "state", "seq"], name="work_task_state"),
        ]


class Place(models.Model):
    """What a slot carries through its life; the common columns of ``Ready`` and ``Lease``.

    ``kind``: work, review, arbitrate, or known (work on a task whose answer is known, for one person). ``person`` is whom it is offered to, until ``offer_until``; ``subject`` the
    submission to check, or the rejected one to do again.
    """

    id = models.BigIntegerField(primary_key=True)
    queue = models.ForeignKey(Queue, models.PROTECT, db_index=False)
    kind = models.CharField(max_length=10, default="work")
    rank = models.IntegerField(default=0)
    seq = models.BigIntegerField()
    task = models.ForeignKey(Task, models.PROTECT, db_index=False)
    person = models.CharField(max_length=64, null=True)
    offer_until = models.DateTimeField(null=True)
    fence = models.IntegerField(default=0)
    subject = models.UUIDField(null=True)

    class Meta:
        abstract = True


class Ready(Place):
    """A slot that waits for somebody."""

    class Meta:
        indexes = [
            models.Index(fields=["queue", "kind", "rank", "seq", "id"], name="work_ready_order"),
            models.Index(
                fields=["person", "queue", "kind", "rank", "seq", "id"],
                name="work_ready_offer",
                condition=models.Q(person__isnull=False),
            ),
            models.Index(fields=["task"], name="work_ready_task"),
        ]


class Lease(Place):
    """A slot that ``holder`` works on until ``until``. No heartbeat: drafts extend it."""

    holder = models.CharField(max_length=64)
    taken_at = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "holder"], name="work_lease_once")]
        indexes = [
            models.Index(fields=["until"], name="work_lease_until"),
            models.Index(fields=["holder", "queue"], name="work_lease_holder"),
            models.Index(fields=["queue", "until"], name="work_lease_queue"),
        ]


class Draft(models.Model):
    """Marks not yet sent: the latest only, one for each task and person."""

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, models.CASCADE, db_index=False)
    person = models.CharField(max_length=64)
    seq = models.BigIntegerField()
    document = models.TextField()
    active_ms = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "person"], name="work_draft_latest")]


class Submission(models.Model):
    """Marks handed in. Never changed but for ``state``; a later answer to the same slot is a new revision.

    ``state``: submitted (waits for a check), accepted, rejected, fixed (a reviewer's revision counts instead),
    reopened, extra (its slot was somebody else's by then; the lead decides), aside (decided against), disputed (rejected and done again since, and now checked
    a second time), cleared (that check found it good); of a consensus also proposed (to an arbiter) and replaced.
    ``mode``: work, rework, arbitrate, fix, import, consensus (made of several answers, by nobody: ``person`` is ""),
    known (the answer of one person to a task whose right answer is known; no part of the production).
    """

    id = models.UUIDField(primary_key=True)
    queue = models.ForeignKey(Queue, models.PROTECT, db_index=False)
    task = models.ForeignKey(Task, models.PROTECT, db_index=False)
    slot = models.BigIntegerField()
    fence = models.IntegerField()
    person = models.CharField(max_length=64)
    mode = models.CharField(max_length=10)
    revision = models.SmallIntegerField(default=1)
    previous = models.UUIDField(null=True)
    state = models.CharField(max_length=10)
    reply = models.CharField(max_length=10)  # what the sender was told, and is told again
    document = models.TextField()
    marks = models.IntegerField()
    active_ms = models.BigIntegerField()
    guideline_version = models.IntegerField()
    schema_version = models.IntegerField()
    late = models.BooleanField(default=False)
    provenance = models.TextField(default="{}")
    received_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["task", "person"], name="work_sub_task"),
            models.Index(fields=["queue", "received_at"], name="work_sub_time"),
            models.Index(fields=["person", "received_at"], name="work_sub_person"),
            models.Index(fields=["slot", "revision"], name="work_sub_slot"),
            models.Index(
                fields=["queue", "received_at"], name="work_sub_extra", condition=models.Q(state="extra")
            ),
            models.Index(
                fields=["person", "received_at"],
                name="work_sub_rejected",
                condition=models.Q(state="rejected"),
            ),
        ]


class ReviewShare(models.Model):
    """The share of a person's answers in one project that is drawn for a check; person "" is everybody else."""

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey(Queue, models.CASCADE, db_index=False)
    person = models.CharField(max_length=64)
    share = models.FloatField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "person"], name="work_share_once")]


class PersonPause(models.Model):
    """A person takes no new tasks of a project for now; ``why`` names what people agreed on."""

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey(Queue, models.CASCADE, db_index=False)
    person = models.CharField(max_length=64)
    why = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["queue", "person"], name="work_pause_once")]


class Content(models.Model):
    """What the current answers say, counted by key, so that lists can be filtered by it without reading marks.

    ``key``: ``class:car``, ``kind:box``, ``attr:colour=red``, ``item:weather=rain``.
    """

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey(Queue, models.PROTECT, db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, db_index=False)
    slot = models.BigIntegerField()
    key = models.CharField(max_length=200)
    seq = models.BigIntegerField()
    n = models.IntegerField()

    class Meta:
        indexes = [
            models.Index(fields=["task", "key"], name="work_content_task"),
            models.Index(fields=["queue", "key", "seq", "n"], name="work_content_key"),
        ]


class Review(models.Model):
    """A verdict on a submission: accept, fix or reject, with its findings."""

    id = models.UUIDField(primary_key=True)
    queue = models.ForeignKey(Queue, models.PROTECT, db_index=False)
    task = models.ForeignKey(Task, models.PROTECT, db_index=False)
    submission = models.UUIDField()
    final = models.UUIDField(null=True)
    slot = models.BigIntegerField()
    reviewer = models.CharField(max_length=64)
    verdict = models.CharField(max_length=8)
    findings = models.TextField(default="[]")
    reply = models.CharField(max_length=10)
    active_ms = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["task", "reviewer"], name="work_review_task"),
            models.Index(fields=["submission"], name="work_review_sub"),
            models.Index(fields=["reviewer", "at"], name="work_review_who"),
            models.Index(fields=["queue", "at"], name="work_review_time"),
        ]


class Skip(models.Model):
    """A person did not want or could not do a task, and said why. It is not given to her again."""

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey(Queue, models.PROTECT, db_index=False)
    task = models.ForeignKey(Task, models.CASCADE, db_index=False)
    person = models.CharField(max_length=64)
    reason = models.CharField(max_length=40)
    text = models.CharField(max_length=1000, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "person"], name="work_skip_once")]
        indexes = [models.Index(fields=["queue", "at"], name="work_skip_time")]


class DayCount(models.Model):
    """What one person did in one project on one day (Shanghai): only her own writes touch the row, so that
    people never wait for each other, and every number on a page is a sum over few rows.

    ``detail``: ``{"hours": {"9": answers}}``. The person "" holds corrections that are nobody's.
    """

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey(Queue, models.PROTECT, db_index=False)
    person = models.CharField(max_length=64)
    day = models.DateField()
    items = models.IntegerField(default=0)
    reviews = models.IntegerField(default=0)
    active_ms = models.BigIntegerField(default=0)
    accepted = models.IntegerField(default=0)
    passed = models.IntegerField(default=0)
    fixed = models.IntegerField(default=0)
    returned = models.IntegerField(default=0)
    skipped = models.IntegerField(default=0)
    extras = models.IntegerField(default=0)
    completed = models.IntegerField(default=0)
    detail = models.TextField(default="{}")
    last_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "day", "queue"], name="work_day_once")]
        indexes = [models.Index(fields=["queue", "day"], name="work_day_queue")]


class PreLabel(models.Model):
    """Suggested marks of a task (JSON list of Mark, with score and origin)."""

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True)
    source = models.CharField(max_length=120)
    marks = models.TextField()
    score = models.FloatField(null=True)
    at = models.DateTimeField()


class KnownAnswer(models.Model):
    """The right answer of a gold task as a file brought it. Never leaves towards a worker."""

    task = models.OneToOneField(Task, models.CASCADE, primary_key=True)
    source = models.CharField(max_length=120)
    document = models.TextField()
    at = models.DateTimeField()


class Comment(models.Model):
    """A remark pinned to a place or a mark of a task."""

    id = models.BigAutoField(primary_key=True)
    task = models.ForeignKey(Task, models.CASCADE, db_index=False)
    person = models.CharField(max_length=64)
    x = models.FloatField(null=True)
    y = models.FloatField(null=True)
    mark = models.CharField(max_length=200, null=True)
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["task", "id"], name="work_comment_task")]


class Question(models.Model):
    """A question to the lead; the answer is there for everybody in the project."""

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey(Queue, models.PROTECT, db_index=False)
    task = models.ForeignKey(Task, models.SET_NULL, null=True, db_index=False)
    person = models.CharField(max_length=64)
    text = models.TextField()
    at = models.DateTimeField()
    answer = models.TextField(null=True)
    answered_by = models.CharField(max_length=64, null=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["queue", "id"], name="work_question_queue")]


class SavedFilter(models.Model):
    """A filter of the lead's lists, kept for one person."""

    id = models.BigAutoField(primary_key=True)
    queue = models.ForeignKey(Queue, models.CASCADE, db_index=False)
    person = models.CharField(max_length=64)
    name = models.CharField(max_length=80)
    query = models.TextField()
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "queue", "name"], name="work_filter_name")]
