"""Tables of people: who there is, what they may do where, how they log in. Private to this room."""

from __future__ import annotations

from django.db import models

from doujia.server.kernel.ids import uuid7


def new_id() -> str:
    """Return the id of a new row (UUIDv7 as text: other rooms keep it as a plain string)."""
    return str(uuid7())


class Tenant(models.Model):
    """A base 基地, a client 甲方, a county office, or the platform itself."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id)
    kind = models.CharField(max_length=12)  # base client county platform
    name = models.CharField(max_length=120)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "name"], name="tenant_once")]


class Person(models.Model):
    """One human being. Identity data are not here but in ``VaultEntry``; work shows the pseudonym."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id)
    pseudonym = models.CharField(max_length=20, unique=True)
    display_name = models.CharField(max_length=80)
    login_name = models.CharField(max_length=80, unique=True, null=True)
    phone_index = models.CharField(max_length=64, unique=True, null=True)
    password = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=8, default="zh-CN")
    state = models.CharField(max_length=10, default="active")  # pending active closed
    must_change_password = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    password_changed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["display_name", "id"], name="person_name"),
            models.Index(fields=["state", "display_name", "id"], name="person_state"),
        ]


class RoleGrant(models.Model):
    """A role held in one tenant. Taking it back deletes the row; the audit trail remembers."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="grants")
    role = models.CharField(max_length=10)
    granted_by = models.CharField(max_length=36, blank=True)
    granted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "tenant", "role"], name="grant_once")]
        indexes = [models.Index(fields=["tenant", "role", "person"], name="grant_by_tenant")]


class Qualification(models.Model):
    """What a person has shown to be able to do: opens work that asks for the skill."""

    id = models.BigAutoField(primary_key=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="qualifications")
    skill = models.CharField(max_length=40)
    level = models.IntegerField()
    source = models.CharField(max_length=80)
    granted_at = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["person", "skill", "level"], name="qualification_of")]


class OneTimeCode(models.Model):
    """A code that a manager hands over: first login, or a forgotten password. Kept as an HMAC."""

    id = models.BigAutoField(primary_key=True)
    person = models.OneToOneField(Person, on_delete=models.CASCADE, related_name="code")
    digest = models.CharField(max_length=64)
    issued_by = models.CharField(max_length=36, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()


class LoginSession(models.Model):
    """One browser that is logged in; the cookie's secret is kept as its sha256."""

    digest = models.CharField(primary_key=True, max_length=64)
    id = models.CharField(max_length=36, unique=True, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="sessions")
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    address = models.CharField(max_length=45, blank=True)
    browser = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="session_expiry")]


class ApiToken(models.Model):
    """A program's key: shown once, kept as its sha256."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    scope = models.CharField(max_length=8)  # read write admin: each contains the one before
    tenant = models.CharField(max_length=36, blank=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class EnrolmentLink(models.Model):
    """A base's door for newcomers."""

    id = models.CharField(primary_key=True, max_length=36, default=new_id)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="links")
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    approve = models.BooleanField(default=True)  # newcomers wait until the manager lets them in
    max_uses = models.IntegerField()
    uses = models.IntegerField(default=0)
    created_by = models.CharField(max_length=36)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)


class VaultEntry(models.Model):
    """Identity apart from work: each column encrypted by itself (AES-GCM), the key lies outside the database."""

    person = models.OneToOneField(Person, primary_key=True, on_delete=models.CASCADE, related_name="vault")
    legal_name = models.TextField(blank=True)
    id_number = models.TextField(blank=True)
    bank_card = models.TextField(blank=True)
    phone = models.TextField(blank=True)
    id_number_index = models.CharField(max_length=64, blank=True, db_index=True)
    key_id = models.CharField(max_length=12, blank=True)
    updated_at = models.DateTimeField()


class AuthRevision(models.Model):
    """One row: rises when rights, passwords or logins were taken away, so that every process forgets what it cached."""

    id = models.IntegerField(primary_key=True, default=1)
    value = models.BigIntegerField(default=0)
