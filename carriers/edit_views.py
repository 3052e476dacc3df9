"""Adding and changing a mapping: form, preview, save."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from carriers import services
from carriers.change_page import ChangePage
from carriers.forms import CodeForm, NewMappingForm
from carriers.impact import preview
from carriers.models import Carrier, CarrierMapping
from carriers.names import differs_unseen, key
from carriers.suggestions import Suggestion, lookalikes, suggest
from carriers.tables import change_words, shown
from carriers.tracking import OTHER, carrier_format, check
from jlseko.clock import business_now


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
            "suggestions": self._suggestions(courier, service),
            "lookalikes": lookalikes(self.shop, courier, service) if key(courier) else [],
            "format": carrier_format(courier, mapping.carrier_code if mapping else ""),
            "impact": preview(self.shop, courier, service) if key(courier) else None,
            "now": business_now(),
            "back_url": self.back_url(),
        }
        return super().get_context_data(**context | kwargs | {"form": form})

    def _suggestions(self, courier: str, service: str) -> list[Suggestion]:
        mapping = self.get_mapping()
        current = mapping.carrier_code if mapping else ""
        found = suggest(self.shop, courier, service) if key(courier) else []
        return [one for one in found if one.code != current]

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


def _doubt(courier: str, carrier: Carrier) -> str:
    """A sentence where SEKO's courier and the chosen carrier read as two different companies."""
    ours, theirs = carrier_format(courier), carrier_format(carrier.label, carrier.code)
    if ours is theirs or OTHER in (ours, theirs):
        return ""
    return f"SEKO's courier reads as {ours.name}, but {carrier.label} reads as {theirs.name}. Check before you save."
