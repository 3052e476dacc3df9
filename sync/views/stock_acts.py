"""What the buttons of the stock list do: one row, or several selected ones."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse

from jlseko.clock import business_now
from jlseko.ui.access import who_can
from sync.models import Listing, RuleKind, StockRule
from sync.stock_pages import acting
from sync.stock_pages.forms import lasting
from sync.stock_pages.rights import PERMISSIONS, needed_for

MOST = 200  # rows that one press may name
KINDS = {"zero": RuleKind.ZERO, "freeze": RuleKind.FREEZE}


def check(request: HttpRequest, right: str) -> None:
    """Raises ``PermissionDenied``, naming the roles that may, where this person may not."""
    if not request.user.has_perm(PERMISSIONS[right]):
        raise PermissionDenied(who_can([PERMISSIONS[right]]))


def numbers(values: list[str]) -> list[int]:
    """Keys of rows; anything else is left out."""
    return [int(text) for text in values if text.isascii() and text.isdigit() and len(text) < 18][:MOST]


class StockActs:
    """Mixin of the list: takes the form around the table and comes back to the same address."""

    request: HttpRequest

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """``one`` = "zero:12", a button of a row; else ``act`` over the ``selected`` rows."""
        act, _, one = request.POST.get("one", "").partition(":")
        chosen = numbers([one] if act else request.POST.getlist("selected"))
        act = act or request.POST.get("act", "")
        do: Callable[[list[int], str], HttpResponse | None] | None = {
            "push": self._push, "zero": self._lay, "freeze": self._lay, "buffer": self._form, "end": self._end,
        }.get(act)  # fmt: skip
        if do is None:
            messages.error(request, "Nothing was done: choose one of the buttons.")
        elif not chosen:
            messages.warning(request, "Select at least one row first. Nothing was done.")
        elif answer := do(chosen, act):
            return answer
        return HttpResponseRedirect(request.get_full_path())

    def _listings(self, chosen: list[int]) -> list[Listing]:
        """The rows that are still offered; says so where some are not."""
        found = list(Listing.objects.filter(pk__in=chosen, active=True).select_related("connection").order_by("sku"))
        gone = len(set(chosen)) - len(found)
        if gone:
            words = "1 of the rows is" if gone == 1 else f"{gone} of the rows are"
            messages.warning(self.request, f"{words} no longer listed at John Lewis and left out.")
        return found

    def _push(self, chosen: list[int], act: str) -> None:
        check(self.request, "push")
        if rows := self._listings(chosen):
            told, words = acting.push(rows, self.request.user)  # type: ignore[arg-type]
            messages.add_message(self.request, messages.SUCCESS if told else messages.WARNING, words)

    def _lay(self, chosen: list[int], act: str) -> None:
        check(self.request, "hold")
        kind = KINDS[act]
        reason = self.request.POST.get("reason", "").strip()[:300] or acting.REASONS[kind]
        ends_at = business_now() + lasting(self.request.POST.get("lasts", ""))
        if rows := self._listings(chosen):
            by: Any = self.request.user
            messages.success(self.request, acting.lay(rows, kind, reason=reason, ends_at=ends_at, by=by))

    def _form(self, chosen: list[int], act: str) -> HttpResponse:
        check(self.request, "rule")
        query = QueryDict(mutable=True)
        query["kind"] = RuleKind.BUFFER
        query.setlist("listing", [str(pk) for pk in chosen])
        query["next"] = self.request.get_full_path()
        return HttpResponseRedirect(f"{reverse('sync:stock-rule-new')}?{query.urlencode()}")

    def _end(self, chosen: list[int], act: str) -> None:
        rule = StockRule.objects.select_related("connection", "ended_by").filter(pk=chosen[0]).first()
        if rule is None:
            messages.warning(self.request, "This rule does not exist any more. Nothing was changed.")
            return
        end_rule(self.request, rule)


def end_rule(request: HttpRequest, rule: StockRule) -> None:
    """End a rule and say so; raises ``PermissionDenied`` for whoever may not."""
    check(request, needed_for(rule.kind, rule.scope))
    by: Any = request.user
    ended, words = acting.end(rule, by)
    messages.add_message(request, messages.SUCCESS if ended else messages.WARNING, words)
