"""The rules that people lay over the levels: live ones, ended ones."""

from typing import Any

from django.db.models import QuerySet

from jlseko.ui.views import DeskListView
from sync.models import StockRule
from sync.stock_pages import reading
from sync.stock_pages.rights import READ, needed_for, rights_of
from sync.stock_pages.sku import RuleRow
from sync.stock_pages.tables import EndedRuleTable


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
        return {
            "title": "No rule has ended yet",
            "text": "Ended rules stay here with who ended them.",
            "icon": "history",
        }

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The live ones, with what this person may end."""
        rights = rights_of(self.person)
        live = [
            RuleRow(
                rule, reading.rule_words(rule), reading.subject_words(rule), needed_for(rule.kind, rule.scope) in rights
            )
            for rule in reading.live_rules(reading.connections())
        ]
        return super().get_context_data(live=live, rights=rights, **kwargs)
