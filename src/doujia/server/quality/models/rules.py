"""Rules of projects, their versions, what they led to, and the pauses they proposed."""

from __future__ import annotations

from django.db import models

from doujia.server.kernel.ids import uuid7

__all__ = ["Firing", "PauseProposal", "Rule", "RuleCursor", "RuleVersion"]


class Rule(models.Model):
    """A rule of a project. ``state``: draft (never in force), live, off. ``live_version`` acts, ``version`` is the newest."""

    id = models.UUIDField(primary_key=True, default=uuid7)
    project = models.CharField(max_length=64)
    number = models.IntegerField()
    state = models.CharField(max_length=8, default="draft")
    version = models.IntegerField(default=1)
    live_version = models.IntegerField(null=True)
    live_since = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "number"], name="quality_rule_number")]


class RuleVersion(models.Model):
    """What a rule said at one time, never changed; its curve and its dry run over past data once they are computed."""

    id = models.BigAutoField(primary_key=True)
    rule = models.ForeignKey(Rule, models.CASCADE)
    version = models.IntegerField()
    document = models.JSONField()
    curve = models.JSONField(null=True)
    dry_run = models.JSONField(null=True)
    checked_at = models.DateTimeField(null=True)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "version"], name="quality_rule_version")]


class Firing(models.Model):
    """A rule has acted about a person. ``end`` is the event at which it did, so that it acts once for it.

    ``state``: open (a human should look), done, withdrawn. ``inputs``: window ids, values, thresholds, error class.
    ``outcomes``: what each action came to: ``{"do", "state", "ref", "zh", "en"}``.
    """

    id = models.UUIDField(primary_key=True, default=uuid7)
    rule = models.ForeignKey(Rule, models.CASCADE, db_index=False)
    version = models.IntegerField()
    project = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    end = models.CharField(max_length=64)
    at = models.DateTimeField()
    fired_at = models.DateTimeField()
    inputs = models.JSONField()
    outcomes = models.JSONField(default=list)
    state = models.CharField(max_length=10)
    closed_by = models.CharField(max_length=64, default="")
    closed_at = models.DateTimeField(null=True)
    note = models.CharField(max_length=500, default="")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["rule", "person", "end"], name="quality_firing_once")]
        indexes = [
            models.Index(fields=["project", "-fired_at"], name="quality_firing_project"),
            models.Index(fields=["person", "-fired_at"], name="quality_firing_person"),
            models.Index(fields=["project"], name="quality_firing_open", condition=models.Q(state="open")),
        ]


class PauseProposal(models.Model):
    """A rule proposes that a person pauses a project. ``state``: proposed, agreed (in force), declined, ended."""

    id = models.BigAutoField(primary_key=True)
    firing = models.OneToOneField(Firing, models.CASCADE)
    project = models.CharField(max_length=64)
    person = models.CharField(max_length=64)
    state = models.CharField(max_length=8, default="proposed")
    decided_by = models.CharField(max_length=64, default="")
    decided_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["project", "person", "state"], name="quality_pause_state")]


class RuleCursor(models.Model):
    """Up to when the rules of a project have looked at what happened."""

    project = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()
