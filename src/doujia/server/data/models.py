"""Tables of the data room: datasets, their items, uploads and imports. Private to the room."""

from __future__ import annotations

from django.db import models

from doujia.server.kernel.ids import uuid7


class Dataset(models.Model):
    """Items of one medium that belong to one tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    tenant = models.CharField(max_length=64)
    name = models.CharField(max_length=200)
    medium = models.CharField(max_length=16)
    description = models.TextField(blank=True)
    items = models.BigIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    version = models.IntegerField(default=1)
    created_by = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "-created_at"], name="dataset_tenant")]


class DatasetShare(models.Model):
    """A tenant that may look at a dataset it does not own: a base that works on it."""

    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="shares")
    tenant = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "tenant"], name="dataset_share_once")]
        indexes = [models.Index(fields=["tenant", "dataset"], name="dataset_share_tenant")]


class Item(models.Model):
    """One thing to label. ``name`` is the path exactly as its owner gave it."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="rows")
    name = models.CharField(max_length=1024)
    media = models.JSONField()
    status = models.CharField(max_length=8, default="ready")  # ready trash
    sha256 = models.CharField(max_length=64, blank=True)  # of the file as it came
    size = models.BigIntegerField(default=0)
    mime = models.CharField(max_length=64, blank=True)
    served_sha256 = models.CharField(max_length=64, blank=True)  # upright, without EXIF: what people see
    served_type = models.CharField(max_length=8, blank=True)
    preview_sha256 = models.CharField(max_length=64, blank=True)
    tiles = models.JSONField(null=True)
    duplicate_of = models.UUIDField(null=True)  # the first item of the dataset with the same bytes
    problems = models.JSONField(default=list)
    doubtful = models.BooleanField(default=False)  # the checks of its quality found something
    attrs = models.JSONField(default=dict)
    sequence = models.CharField(max_length=200, blank=True)
    index = models.IntegerField(null=True)
    version = models.IntegerField(default=1)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="item_name_once")]
        indexes = [
            # With the name in it, searching part of a name reads the index alone.
            models.Index(fields=["dataset", "status", "id", "name"], name="item_listing"),
            models.Index(fields=["dataset", "sha256"], name="item_content"),
            models.Index(
                fields=["dataset", "status", "id"],
                name="item_duplicates",
                condition=models.Q(duplicate_of__isnull=False),
            ),
            models.Index(
                fields=["dataset", "status", "id"], name="item_doubtful", condition=models.Q(doubtful=True)
            ),
        ]


class UploadSession(models.Model):
    """Files announced from a browser or a program; survives a reload and a restart."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="uploads")
    owner = models.CharField(max_length=64)
    state = models.CharField(max_length=10, default="open")  # open committed dropped
    files = models.IntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    created_at = models.DateTimeField()
    touched_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["state", "touched_at"], name="upload_stale")]


class UploadFile(models.Model):
    """One announced file. How much of it is here is the length of the staged file: the disk is the truth."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    session = models.ForeignKey(UploadSession, on_delete=models.CASCADE, related_name="parts")
    name = models.CharField(max_length=1024)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64, blank=True)
    complete = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "name"], name="upload_name_once")]


class Import(models.Model):
    """One run that brings items in, with what came and what did not."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="imports")
    source = models.CharField(max_length=12)  # upload folder urls rows
    spec = models.JSONField(default=dict)
    job = models.CharField(max_length=64, blank=True)
    counts = models.JSONField(default=dict)  # added, known, duplicates, refused
    reasons = models.JSONField(default=dict)  # problem code -> how many
    created_by = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["dataset", "-created_at"], name="import_dataset")]


class ImportProblem(models.Model):
    """A file that did not come in, and why."""

    id = models.BigAutoField(primary_key=True)
    run = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="refused")
    name = models.CharField(max_length=1024)
    code = models.CharField(max_length=64)
    zh = models.TextField()
    en = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["run", "code", "id"], name="import_problem_code")]
