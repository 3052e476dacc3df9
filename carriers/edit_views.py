"""Pages that change the carrier table: reading them takes the view permission, posting the change permission."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.generic import TemplateView

from carriers import services
from carriers.forms import CodeForm, NewMappingForm, RetireForm, ReviewForm
from carriers.impact import decided_by, preview
from carriers.models import Carrier, CarrierMapping, MappingTable
from carriers.names import differs_unseen, key
from carriers.shop_pages import ShopPage
from carriers.suggestions import lookalikes, suggest
from carriers.tables import change_words, shown
from carriers.tracking import OTHER, carrier_format, check
from jlseko.clock import business_now


class ChangePage(ShopPage, TemplateView):
    """A page with a form of the table."""

    page = "mapping-list"
    permission_required_to_post = services.EDIT_PERMISSION

    @property
    def user(self) -> User:
        """Who is signed in; the role check has made sure that somebody is."""
        assert isinstance(self.request.user, User)  # noqa: S101
        return self.request.user

    def back_url(self) -> str:
        """Where to go afterwards: an address of ours in ``next``, else the list."""
        wanted = self.request.POST.get("next") or self.request.GET.get("next") or ""
        if url_has_allowed_host_and_scheme(
            wanted, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        ):
            return wanted
        return self.url("mapping-list")

    def page_of(self, form: Any, **more: Any) -> HttpResponse:
        """The page once more, with a form that was filled in."""
        return self.render_to_response(self.get_context_data(form=form, **more))


class MappingFormView(ChangePage):
    """Form, then preview, then save: what a new and an existing mapping have in common."""

    template_name = "carriers/mapping_form.html"

    def get_mapping(self) -> CarrierMapping | None:
        """The row that is changed, None for a new one."""
        return None

    def get_form(self, data: Any = None) -> CodeForm:
        """The form, empty or filled in."""
        raise NotImplementedError

    def get_names(self, form: CodeForm) -> tuple[str, str]:
        """Courier and service: as filled in, as asked for in the address, or as they stand in the row."""
        raise NotImplementedError

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Names made visible, suggestions, look-alikes, and what saving would do."""
        form = kwargs.setdefault("form", None) or self.get_form()
        courier, service = self.get_names(form)
        mapping = self.get_mapping()
        context = {
            "form": form,
            "mapping": mapping,
            "courier": shown(courier),
            "service": shown(service),
            "hidden": differs_unseen(courier) or differs_unseen(service),
            "suggestions": suggest(self.shop, courier, service) if key(courier) else [],
            "lookalikes": lookalikes(self.shop, courier, service) if key(courier) else [],
            "format": carrier_format(courier, mapping.carrier_code if mapping else ""),
            "impact": preview(self.shop, courier, service) if key(courier) else None,
            "now": business_now(),
            "back_url": self.back_url(),
        }
        return super().get_context_data(**context | kwargs | {"form": form})

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form again, show what saving would do, or save."""
        form = self.get_form(request.POST)
        if request.POST.get("step") == "edit" or not form.is_valid():
            return self.page_of(form)
        if request.POST.get("step") != "save":
            return self._preview(form)
        return self._save(form)

    def _preview(self, form: CodeForm) -> HttpResponse:
        courier, service = self.get_names(form)
        carrier = Carrier.objects.get(shop=self.shop, code=form.cleaned_data["carrier_code"])
        impact = preview(self.shop, courier, service)
        sample: str = form.cleaned_data["sample"]
        self.template_name = "carriers/mapping_preview.html"
        return self.page_of(
            form,
            carrier=carrier,
            impact=impact,
            sentence=impact.sentence(business_now()),
            sample=sample,
            sample_fault=check(courier, carrier.code, sample) if sample else "",
            doubt=_doubt(courier, carrier),
            payload_before={"carrier_code": impact.before} if impact.before else {},
            payload_after={"carrier_code": carrier.code},
        )

    def _save(self, form: CodeForm) -> HttpResponse:
        courier, service = self.get_names(form)
        try:
            mapping, released = services.save_and_release(
                self.shop, courier, service, form.cleaned_data["carrier_code"],
                by=self.user, note=form.cleaned_data["note"], expected_version=form.cleaned_data["version"],
            )  # fmt: skip
        except ValueError as refused:
            form.add_error(None, str(refused))
            return self.page_of(form)
        held = {0: "No dispatch was waiting for it.", 1: "1 dispatch is on its way again."}
        name = f"{mapping.courier} {mapping.service or '(any service)'}"
        messages.success(
            self.request,
            f"{name} now goes as {mapping.carrier_code}. "
            + held.get(released, f"{released} dispatches are on their way again."),
        )
        return HttpResponseRedirect(self.back_url())


class MappingNewView(MappingFormView):
    """A courier and service get a code. ``?courier=&service=`` fill the form in."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The form; a courier and service that are mapped already lead to their own page."""
        live = CarrierMapping.objects.filter(
            shop=self.shop, courier_key=key(request.GET.get("courier", "")),
            service_key=key(request.GET.get("service", "")), retired_at__isnull=True,
        ).first()  # fmt: skip
        if live is not None:
            return HttpResponseRedirect(reverse("carriers:mapping-edit", args=[live.pk]))
        return super().get(request, *args, **kwargs)

    def get_form(self, data: Any = None) -> NewMappingForm:
        """Courier, service and code."""
        asked = {name: self.request.GET.get(name, "") for name in ("courier", "service", "carrier_code")}
        return NewMappingForm(data, shop=self.shop, initial=asked | {"version": 0})

    def get_names(self, form: CodeForm) -> tuple[str, str]:
        """As filled in, or as asked for in the address."""
        return str(form["courier"].value() or ""), str(form["service"].value() or "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The heading of a new mapping."""
        crumbs = [{"label": "Carriers", "url": self.url("mapping-list")}, {"label": "New mapping"}]
        return super().get_context_data(**{"title": "New mapping", "breadcrumbs": crumbs, "tabs": None} | kwargs)


class MappingEditView(MappingFormView):
    """The code of a mapping; its courier and service stay."""

    @cached_property
    def mapping(self) -> CarrierMapping:
        """The row."""
        rows = CarrierMapping.objects.select_related("author")
        return get_object_or_404(rows, pk=self.kwargs["pk"], shop__in=self.shops)

    @cached_property
    def shop(self) -> str:
        """The row's own shop."""
        return self.mapping.shop

    def get_mapping(self) -> CarrierMapping:
        """The row."""
        return self.mapping

    def get_form(self, data: Any = None) -> CodeForm:
        """The code and the note."""
        row = self.mapping
        now = {"carrier_code": row.carrier_code, "note": row.note, "version": row.version}
        return CodeForm(data, shop=row.shop, mapping=row, initial=now)

    def get_names(self, form: CodeForm) -> tuple[str, str]:
        """As they stand in the row."""
        return self.mapping.courier, self.mapping.service

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The heading, and the history of the row."""
        row = self.mapping
        title = f"{row.courier} {row.service}" if row.service else f"{row.courier}, any service"
        versions = [
            {"version": version, "words": change_words(version)} for version in row.versions.select_related("author")
        ]
        crumbs = [{"label": "Carriers", "url": self.url("mapping-list")}, {"label": title}]
        context = {"title": title, "breadcrumbs": crumbs, "tabs": None, "versions": versions,
                   "code_live": Carrier.objects.filter(shop=row.shop, code=row.carrier_code, removed_at=None).exists(),
                   "retire_url": reverse("carriers:mapping-retire", args=[row.pk])}  # fmt: skip
        return super().get_context_data(**context | kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A retired row is history."""
        if self.mapping.retired_at is not None:
            messages.error(request, "This mapping is retired. Add a new one instead.")
            return HttpResponseRedirect(self.url("mapping-list"))
        return super().post(request, *args, **kwargs)


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


def _doubt(courier: str, carrier: Carrier) -> str:
    """A sentence where SEKO's courier and the chosen carrier read as two different companies."""
    ours, theirs = carrier_format(courier), carrier_format(carrier.label, carrier.code)
    if ours is theirs or OTHER in (ours, theirs):
        return ""
    return f"SEKO's courier reads as {ours.name}, but {carrier.label} reads as {theirs.name}. Check before you save."
