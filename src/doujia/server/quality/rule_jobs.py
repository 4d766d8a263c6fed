"""Background work of rules: trying them, letting them look, taking back what has lost its ground."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from doujia.server.kernel import clock, db, jobs, schedule
from doujia.server.quality.actions import rules, ruling
from doujia.server.quality.models import Rule, RuleVersion

__all__ = ["check_rule", "evaluate_rules", "install_rules", "look", "reconcile_rules", "try_rule"]


@schedule.every(30, "quality.look_at_rules")
def look() -> None:
    """Queue an evaluation where something happened that a rule may see."""
    ruling.look()


@jobs.handler("quality.check_rule")
def check_rule(context: jobs.Context) -> dict[str, Any]:
    """Compute curve and dry run of a version."""
    version = RuleVersion.objects.get(rule=context.payload["rule"], version=context.payload["version"])
    project = Rule.objects.get(id=version.rule_id).project
    found = rules.check(project, version.document)
    with db.write():
        RuleVersion.objects.filter(id=version.id).update(**found, checked_at=clock.now())
    return {}


@jobs.handler("quality.try_rule")
def try_rule(context: jobs.Context) -> dict[str, Any]:
    """Compute curve and dry run of a rule that is not kept."""
    return rules.check(context.payload["project"], context.payload["document"])


@jobs.handler("quality.install_rules")
def install_rules(context: jobs.Context) -> dict[str, Any]:
    """Give a project the usual rules."""
    return {"rules": rules.install_defaults(context.payload["project"])}


@jobs.handler("quality.evaluate_rules")
def evaluate_rules(context: jobs.Context) -> dict[str, Any]:
    """Let the rules of a project look at what is new."""
    since = datetime.fromisoformat(context.payload["since"])
    return {"firings": ruling.evaluate(context.payload["project"], since)}


@jobs.handler("quality.reconcile_rules")
def reconcile_rules(context: jobs.Context) -> dict[str, Any]:
    """Withdraw what an appeal or a corrected answer has taken the ground from."""
    return {"withdrawn": ruling.reconcile(context.payload["project"], context.payload["person"])}
