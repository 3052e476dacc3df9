"""Who owns which category, and who may do what."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.utils.functional import cached_property
from django.views.generic import FormView, TemplateView

from exceptions import reading, roles, services
from exceptions.category import Category, registry
from exceptions.forms import OwnerForm
from exceptions.models import CategoryOwner, Entry, EntryKind, ExceptionRecord
from exceptions.states import OwnerRole
from exceptions.tables import OwnerTable
from exceptions.views.page import VIEW
from jlseko.ui.access import RoleRequired

ASSIGN = "exceptions.assign_owners"


class OwnersView(RoleRequired, TemplateView):
    """Every category with its queue and its person."""

    permission_required = ASSIGN
    template_name = "exceptions/owners.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The table and the last changes."""
        changes = Entry.objects.filter(kind=EntryKind.OWNER_RULE).select_related("actor").order_by("-id")[:8]
        return super().get_context_data(
            title="Owners", table=OwnerTable(data=reading.owners_table()), changes=changes, **kwargs
        )


class OwnerView(RoleRequired, FormView):
    """The owner of one category."""

    permission_required = ASSIGN
    template_name = "exceptions/owner_form.html"
    form_class = OwnerForm

    @cached_property
    def category(self) -> Category:
        """The category of the address.

        Raises:
            Http404: there is none.
        """
        slug = self.kwargs["slug"]
        if slug not in registry:
            raise Http404("There is no such category.")
        return registry.get(slug)

    @cached_property
    def open_count(self) -> int:
        """How many open exceptions could move along."""
        return services.open_of_category(self.category.slug)

    def get_form_kwargs(self) -> dict[str, Any]:
        """What the form says about open work."""
        more = {"category": self.category, "open_count": self.open_count}
        return {**super().get_form_kwargs(), **more}

    def get_initial(self) -> dict[str, Any]:
        """The owner as it is."""
        chosen = CategoryOwner.objects.filter(category=self.category.slug).first()
        if chosen is None:
            return {"role": self.category.owner_role, "move_open": True}
        return {"role": chosen.role, "user": chosen.user_id, "move_open": True}

    def form_valid(self, form: OwnerForm) -> HttpResponse:
        """Save, and say what moved."""
        chosen = form.cleaned_data
        try:
            moved = services.reassign_category(
                self.category.slug, chosen["role"], chosen["user"],
                by=self.person, move_open=bool(chosen.get("move_open")),
            )  # fmt: skip
        except services.DeskError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        said = f"“{self.category.title}” belongs to “{OwnerRole(chosen['role']).label}” now."
        if moved:
            said += f" {moved} open {'exception' if moved == 1 else 'exceptions'} moved along."
        messages.success(self.request, said)
        return redirect("exceptions:owners")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The category and what it holds."""
        groups = [(role.label, group) for role, group in roles.ROLE_GROUPS.items()]
        return super().get_context_data(
            title=self.category.title, category=self.category, open_count=self.open_count, groups=groups, **kwargs
        )


class RolesView(RoleRequired, TemplateView):
    """The role matrix: which group may do what, and which acts on which category."""

    permission_required = VIEW
    template_name = "exceptions/roles.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Rights by group as delivered, and the categories."""
        rights = [
            {"name": name, "groups": [codename in roles.PERMISSIONS[group] for group in roles.GROUPS]}
            for codename, name in ExceptionRecord._meta.permissions
        ]
        return super().get_context_data(
            title="Roles",
            subtitle="Which group may do what. A queue is not a group: each queue is worked by one.",
            groups=roles.GROUPS,
            rights=rights,
            matrix=roles.matrix(),
            mine=sorted(roles.groups_of(self.person)),
            **kwargs,
        )
