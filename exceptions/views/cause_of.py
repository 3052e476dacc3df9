"""What the pages about one cause share: finding it."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.functional import cached_property

from exceptions.models import Cause, ExceptionRecord
from exceptions.views.page import VIEW
from jlseko.ui.access import RoleRequired


class CauseView(RoleRequired):
    """View mixin: one cause, 404 for one that does not exist or of which this person may see nothing."""

    permission_required = VIEW
    request: HttpRequest
    kwargs: dict[str, Any]

    @cached_property
    def cause(self) -> Cause:
        """The cause of the address.

        Raises:
            Http404: there is none for this person.
        """
        if ExceptionRecord.objects.visible_to(self.person).query.is_empty():
            raise Http404("There is no such cause.")
        rows = Cause.objects.select_related("connection", "fixed_by", "merged_into").annotate(
            has_merged=Exists(Cause.objects.filter(merged_into=OuterRef("pk")))
        )
        return get_object_or_404(rows, pk=self.kwargs["pk"])
