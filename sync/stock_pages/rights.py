"""What a person may do with stock levels, and which role a missing right takes."""

from typing import Any, Final

from jlseko.ui.access import who_can
from sync.models import RuleKind, RuleScope

READ: Final = "exceptions.view_exception"
EXPORT: Final = "exceptions.export_exceptions"
PERMISSIONS: Final[dict[str, str]] = {
    "push": "exceptions.push_stock",
    "hold": "exceptions.hold_stock",
    "rule": "exceptions.rule_stock",
}


def rights_of(user: Any) -> frozenset[str]:
    """Some of "push", "hold" (show none of one SKU, or freeze it) and "rule" (keep stock back, rule more than one)."""
    return frozenset(name for name, permission in PERMISSIONS.items() if user.has_perm(permission))


def needed_for(kind: str, scope: str) -> str:
    """The right that making or ending a rule takes: one SKU may be stopped by more people than a whole category."""
    return "hold" if kind in (RuleKind.ZERO, RuleKind.FREEZE) and scope == RuleScope.SKU else "rule"


def why_not(right: str, user: Any) -> str:
    """Why this person may not use a right; empty where they may."""
    return "" if user.has_perm(PERMISSIONS[right]) else who_can([PERMISSIONS[right]])
