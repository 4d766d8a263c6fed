"""Tables of the projects room. Private."""

from __future__ import annotations

from django.db import models


class Project(models.Model):
    """Schema, guideline and settings under which items are labelled."""

    id = models.CharField(primary_key=True, max_length=24)
    name = models.CharField(max_length=120)
    client = models.CharField(max_length=64)
    bases = models.JSONField(default=list)
    datasets = models.JSONField(default=list)
    medium = models.CharField(max_length=16, default="image")
    state = models.CharField(max_length=12, default="draft")  # draft running paused done
    priority = models.IntegerField(default=0)
    settings = models.JSONField(default=dict)
    schema_version = models.IntegerField(default=1)
    guideline_version = models.IntegerField(default=1)
    revision = models.IntegerField(default=1)
    template = models.CharField(max_length=40, blank=True)
    created_by = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField()
    changed_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-created_at", "id"], name="project_newest")]


class ProjectTenant(models.Model):
    """Which tenants a project belongs to, so that lists ask the index and not a JSON column."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tenant_rows")
    tenant = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "project"], name="project_tenant_once")]


class SchemaVersion(models.Model):
    """One version of a project's schema; never changed after it was made."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="schemas")
    version = models.IntegerField()
    document = models.JSONField()
    made_by = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="schema_version_once")]


class GuidelineVersion(models.Model):
    """One version of a project's guideline, in Markdown; ``changed`` says what is new."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="guidelines")
    version = models.IntegerField()
    markdown = models.TextField()
    changed = models.TextField(blank=True)
    made_by = models.CharField(max_length=64, blank=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "version"], name="guideline_version_once")]


class GuidelineAsset(models.Model):
    """A picture of a guideline, kept as a blob."""

    id = models.CharField(primary_key=True, max_length=24)
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="assets")
    sha256 = models.CharField(max_length=64)
    mime = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    made_at = models.DateTimeField()
