"""Is the loop healthy?"""

from typing import Any

from django.views.generic import TemplateView

from jlseko.ui.access import RoleRequired
from sync import conservation
from sync.connections import reading
from sync.loop import pausing
from sync.models import SecurityEvent
from sync.views.orders import READ

SECURITY_EVENTS_SHOWN = 10


class HealthView(RoleRequired, TemplateView):
    """Flows, partners, lanes, allowances, processes."""

    permission_required = READ
    template_name = "sync/health.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """One query for each block."""
        budgets = reading.budgets()
        pauses, processes = pausing.holding(), reading.process_lines()
        sees_security = self.request.user.has_perm("exceptions.manage_connections")
        context = {
            "flows": reading.flow_lines(pauses=pauses),
            "partners": reading.partner_lines(budgets),
            "lanes": reading.lane_lines(pauses=pauses),
            "budgets": reading.budget_lines(budgets),
            "processes": processes,
            "beating": reading.is_beating(processes),
            "runs": reading.recent_runs(),
            "totals": conservation.totals(),
            "security_events": SecurityEvent.objects.all()[:SECURITY_EVENTS_SHOWN] if sees_security else None,
        }
        return super().get_context_data(**context | kwargs)
