"""The rules that people lay over the levels: live ones, ended ones, a new one, an end."""

from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views import View
from django.views.generic import FormView

from jlseko.ui.access import RoleRequired
from jlseko.ui.links import next_of
from jlseko.ui.views import DeskListView
from sync.models import Listing, StockRule
from sync.stock_pages import acting, reading
from sync.stock_pages.forms import NewRuleForm, RuleForm
from sync.stock_pages.rights import PERMISSIONS, READ, needed_for, rights_of
from sync.stock_pages.sku import RuleRow
from sync.stock_pages.tables import EndedRuleTable
from sync.views.stock_acts import check, end_rule, numbers


class RuleListView(DeskListView):
    """Live rules above, ended ones below."""

    permission_required = READ
    table_class = EndedRuleTable
    template_name = "sync/stock_rules.html"
    title = "Stock rules"
    subtitle = "What people have laid over the levels, why, and until when."
    default_sort = "-pk"

    def get_queryset(self) -> QuerySet[StockRule]:
        """The ended ones."""
        return reading.ended_rules()

    def get_empty(self, filtered: bool) -> dict[str, str]:
        """Nothing has ended yet."""
        text = "Ended rules stay here with who ended them."
        return {"title": "No rule has ended yet", "text": text, "icon": "history"}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The live ones, with what this person may end."""
        rights = rights_of(self.person)
        live = [
            RuleRow(
                rule,
                reading.rule_words(rule),
                reading.subject_words(rule),
                needed_for(rule.kind, rule.scope) in rights,
            )
            for rule in reading.live_rules(reading.connections())
        ]
        return super().get_context_data(live=live, rights=rights, **kwargs)


class NewRuleView(RoleRequired, FormView):
    """A new rule: over SKUs that were selected in the list, or over what is chosen here."""

    permission_required = (READ, PERMISSIONS["hold"])
    template_name = "sync/stock_rule_form.html"

    @cached_property
    def rights(self) -> frozenset[str]:
        """What this person may do."""
        return rights_of(self.person)

    @cached_property
    def listings(self) -> list[Listing]:
        """The selected SKUs that are still offered."""
        chosen = numbers(self.request.POST.getlist("listing") or self.request.GET.getlist("listing"))
        return list(Listing.objects.filter(pk__in=chosen, active=True).select_related("connection").order_by("sku"))

    @property
    def back(self) -> str:
        """Where it goes afterwards."""
        return next_of(self.request, reverse("sync:stock-rules"))

    def get_initial(self) -> dict[str, Any]:
        """What the address names."""
        return {
            name: self.request.GET[name] for name in ("kind", "scope", "sku", "category") if name in self.request.GET
        }

    def get_form(self, form_class: Any = None) -> RuleForm:
        """Without the choice of a subject where one was made already."""
        given: dict[str, Any] = {"rights": self.rights, "initial": self.get_initial()}
        data = (self.request.POST,) if self.request.method == "POST" else ()
        if self.listings:
            return RuleForm(*data, **given)
        return NewRuleForm(*data, shops=reading.connections(), **given)

    def form_valid(self, form: RuleForm) -> HttpResponse:
        """Make it, say what it does, go back."""
        given = form.cleaned_data
        kind, quantity = given["kind"], given.get("quantity") or 0
        scope = given.get("scope", "sku")
        check(self.request, needed_for(kind, scope))
        rest: dict[str, Any] = {"reason": given["reason"], "ends_at": given["ends_at"], "by": self.person}
        try:
            if self.listings:
                words = acting.lay(self.listings, kind, quantity=quantity, **rest)
            else:
                rule = acting.lay_wide(given["shop"], kind, scope, given["subject"], quantity=quantity, **rest)
                words = acting.said(kind, reading.subject_words(rule), rule.quantity, rule.ends_at)
        except ValueError as error:
            form.add_error(None, str(error))
            return self.form_invalid(form)
        messages.success(self.request, words)
        return HttpResponseRedirect(self.back)

    def form_invalid(self, form: RuleForm) -> HttpResponse:
        """The page again, with everything that was typed."""
        return self.render_to_response(self.get_context_data(form=form), status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The form and the SKUs that it is about."""
        return super().get_context_data(title="New stock rule", listings=self.listings, back=self.back, **kwargs)


class EndRuleView(RoleRequired, View):
    """Ends a rule."""

    permission_required = READ
    http_method_names = ["post"]

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End it and go back."""
        end_rule(request, get_object_or_404(StockRule.objects.select_related("connection", "ended_by"), pk=pk))
        return HttpResponseRedirect(next_of(request, reverse("sync:stock-rules")))
