"""What to do, category by category."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from django.views.generic import TemplateView

from exceptions import reading, runbooks
from exceptions.category import registry
from exceptions.looks import SIDES
from exceptions.models import CategoryOwner
from exceptions.roles import ROLE_GROUPS
from exceptions.states import Blame, OwnerRole
from exceptions.views.page import VIEW
from jlseko.ui.access import RoleRequired


class RunbooksView(RoleRequired, TemplateView):
    """All runbooks with what is open now, those with work first."""

    permission_required = VIEW
    template_name = "exceptions/runbooks.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One card for each category, grouped by the side at fault."""
        open_now = reading.category_counts(self.person)
        asked = self.request.GET.get("q", "").strip().casefold()
        shown = [
            category for category in runbooks.index() if asked in f"{category.title} {category.detect_text}".casefold()
        ]
        sides = [
            {
                "title": side.label,
                "icon": SIDES[side],
                "categories": [
                    {"category": category, "open": open_now.get(category.slug, 0),
                     "queue": OwnerRole(category.owner_role).label}
                    for category in shown
                    if category.side == side
                ],
            }
            for side in Blame
        ]  # fmt: skip
        return super().get_context_data(
            title="Runbooks",
            subtitle="What each kind of exception means, what to do, and how you know that it is fixed.",
            sides=[side for side in sides if side["categories"]],
            asked=self.request.GET.get("q", ""),
            **kwargs,
        )


class RunbookView(RoleRequired, TemplateView):
    """One runbook."""

    permission_required = VIEW
    template_name = "exceptions/runbook.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The category, its sections and its owner.

        Raises:
            Http404: there is no such category.
        """
        slug = kwargs["slug"]
        if slug not in registry:
            raise Http404("There is no such category.")
        category = registry.get(slug)
        chosen = CategoryOwner.objects.filter(category=slug).select_related("user").first()
        role = OwnerRole(chosen.role) if chosen else category.owner_role
        return super().get_context_data(
            title=category.title,
            category=category,
            sections=runbooks.sections(category),
            side=Blame(category.side).label,
            queue=role.label,
            group=ROLE_GROUPS[role],
            person=chosen.user if chosen else None,
            sends_back=runbooks.SENDS_BACK[category.resubmit],
            open_now=reading.category_counts(self.person).get(slug, 0),
            **kwargs,
        )
