"""The page of one SKU, and what is done from it."""

from functools import cached_property
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.views.generic import TemplateView

from jlseko.clock import business_now
from jlseko.ui.access import RoleRequired
from sync.links import listing_url
from sync.models import Listing
from sync.stock import levels
from sync.stock_pages import acting, states
from sync.stock_pages.forms import USUAL, RuleForm, lasting
from sync.stock_pages.rights import READ, needed_for, rights_of
from sync.stock_pages.sku import SkuPage
from sync.views.stock_acts import KINDS, check

CHANGED = (
    "Somebody changed the rules of this SKU since you opened the page. They are shown as they are now: press again."
)


class SkuView(RoleRequired, TemplateView):
    """Everything known of one SKU, found by its own name or by the number of its listing."""

    permission_required = READ
    template_name = "sync/stock_sku.html"

    @cached_property
    def listing(self) -> Listing:
        """The listing of the address, with its state but for the age of SEKO's figure.

        Raises:
            Http404: there is none.
        """
        rows = states.with_life(Listing.objects.select_related("connection", "product", "item"), old=Q(pk__in=[]))
        if "pk" in self.kwargs:
            return get_object_or_404(rows, pk=self.kwargs["pk"])
        sku = self.kwargs["sku"].replace("\x00", "")  # PostgreSQL knows no such character
        return get_object_or_404(rows, connection__name=self.kwargs["connection"], sku=sku)

    @cached_property
    def formula(self) -> levels.Formula:
        """How its level comes about."""
        return levels.formula(self.listing)

    @cached_property
    def seen(self) -> str:
        """What the page shows of the rules now, in a short text."""
        return acting.fingerprint(self.listing, self.formula.rules)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The sum, the history, the rules."""
        rights = rights_of(self.person)
        form = kwargs.pop("form", None) or (RuleForm(rights=rights, prefix="rule") if rights else None)
        page = SkuPage(self.listing, self.formula, rights).context()
        return super().get_context_data(**page | {"form": form, "seen": self.seen} | kwargs)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """``act``: push, zero, freeze, or rule with a form. Whoever was overtaken sees the page as it is now."""
        act = request.POST.get("act", "")
        form = RuleForm(request.POST, rights=rights_of(self.person), prefix="rule") if act == "rule" else None
        check(request, self._right(act, form))
        if request.POST.get("seen", self.seen) != self.seen:
            return self._again(CHANGED, form, HTTPStatus.CONFLICT)
        if not self.listing.active:
            return self._again("John Lewis does not list this SKU any more.", form, HTTPStatus.CONFLICT)
        if act == "push":
            told, words = acting.push([self.listing], self.person)
            messages.add_message(request, messages.SUCCESS if told else messages.WARNING, words)
        elif act in KINDS:
            ends_at = business_now() + lasting(USUAL)
            kind = KINDS[act]
            words = acting.lay([self.listing], kind, reason=acting.REASONS[kind], ends_at=ends_at, by=self.person)
            messages.success(request, words)
        elif form is None:
            messages.error(request, "Nothing was done: choose one of the buttons.")
        elif not form.is_valid():
            return self._again("", form, HTTPStatus.UNPROCESSABLE_ENTITY)
        else:
            messages.success(request, self._lay(form.cleaned_data))
        return HttpResponseRedirect(listing_url(self.listing))

    def _right(self, act: str, form: RuleForm | None) -> str:
        """The right that an act takes."""
        if form is not None:
            return needed_for(form["kind"].value() or "zero", "sku")
        return "push" if act == "push" else "hold"

    def _lay(self, given: dict[str, Any]) -> str:
        return acting.lay(
            [self.listing], given["kind"], quantity=given.get("quantity") or 0, reason=given["reason"],
            ends_at=given["ends_at"], by=self.person,
        )  # fmt: skip

    def _again(self, error: str, form: RuleForm | None, status: int) -> HttpResponse:
        context = {"error": error, "form": form, "opened": form is not None}
        return self.render_to_response(self.get_context_data(**context), status=status)
