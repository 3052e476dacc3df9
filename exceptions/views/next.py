"""Taking the next one without looking for it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views import View

from exceptions import services
from exceptions.detail.page_reading import next_in_queue
from exceptions.views.page import VIEW
from jlseko.ui.access import RoleRequired

CLAIM = "exceptions.claim_exception"


class TakeNextView(RoleRequired, View):
    """The most urgent exception of my queue that nobody has taken is mine, and opens."""

    permission_required = (VIEW, CLAIM)
    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        """Take it; where somebody was faster, say so and show the queue."""
        queue = f"{reverse('exceptions:list')}?{urlencode({'view': 'my-queue'})}"
        record = next_in_queue(self.person)
        if record is None:
            messages.success(request, "Your queue is empty: nothing waits for the people of your role.")
            return HttpResponseRedirect(queue)
        if record.owner_id != self.person.pk:
            try:
                services.claim(record, by=self.person, expected_version=record.version)
            except services.DeskError as error:
                messages.warning(request, str(error))
                return HttpResponseRedirect(queue)
            messages.success(request, f"{record.order_number or 'It'} is yours now: the most urgent of your queue.")
        return HttpResponseRedirect(reverse("exceptions:detail", args=[record.pk]))
