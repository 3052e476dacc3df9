"""Retiring a mapping, and reviewing the whole table."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from carriers import services
from carriers.change_page import ChangePage
from carriers.forms import RetireForm, ReviewForm
from carriers.impact import decided_by
from carriers.models import CarrierMapping, MappingTable


class MappingRetireView(ChangePage):
    """What retiring would mean, then the retiring."""

    template_name = "carriers/mapping_retire.html"

    @cached_property
    def mapping(self) -> CarrierMapping:
        """The live row."""
        return get_object_or_404(CarrierMapping, pk=self.kwargs["pk"], shop__in=self.shops, retired_at=None)

    @cached_property
    def shop(self) -> str:
        """The row's own shop."""
        return self.mapping.shop

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """How much goes through the row, and what takes over."""
        row = self.mapping
        others = CarrierMapping.objects.filter(
            shop=row.shop, courier_key=row.courier_key, service_key="", retired_at=None
        )
        crumbs = [
            {"label": "Carriers", "url": self.url("mapping-list")},
            {"label": f"{row.courier} {row.service}", "url": reverse("carriers:mapping-edit", args=[row.pk])},
            {"label": "Retire"},
        ]
        context = {
            "title": "Retire mapping", "breadcrumbs": crumbs, "tabs": None, "mapping": row,
            "parcels": sum(one.parcels for one in decided_by(row.shop, row.courier, row.service)),
            "fallback": others.exclude(pk=row.pk).first(), "form": RetireForm(),
        }  # fmt: skip
        return super().get_context_data(**context | kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Retire the row."""
        form = RetireForm(request.POST)
        if not form.is_valid():
            return self.page_of(form)
        try:
            services.retire_mapping(self.mapping, by=self.user, note=form.cleaned_data["note"])
        except ValueError as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, f"{self.mapping.courier} {self.mapping.service or '(any service)'} is retired.")
        return HttpResponseRedirect(self.url("mapping-list"))


class ReviewView(ChangePage):
    """Owner of the table and its next review."""

    template_name = "carriers/review.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form with the present owner."""
        state = MappingTable.objects.filter(shop=self.shop).select_related("owner", "reviewed_by").first()
        owner = state.owner_id if state and state.owner_id else self.user.pk
        crumbs = [{"label": "Carriers", "url": self.url("mapping-list")}, {"label": "Review"}]
        context = {"title": "Review the table", "breadcrumbs": crumbs, "tabs": None, "state": state,
                   "form": ReviewForm(initial={"owner": owner})}  # fmt: skip
        return super().get_context_data(**context | kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Record the review."""
        form = ReviewForm(request.POST)
        if not form.is_valid():
            return self.page_of(form)
        try:
            services.review_done(
                self.shop, by=self.user, next_review=form.cleaned_data["next_review"], owner=form.cleaned_data["owner"]
            )
        except ValueError as refused:
            form.add_error("next_review", str(refused))
            return self.page_of(form)
        messages.success(request, "The review is recorded.")
        return HttpResponseRedirect(self.url("mapping-list"))
