"""The proof pack of one exception: what it will say, and making it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views import View

from exceptions import proof_pack
from exceptions.detail import reading
from exceptions.models import EntryKind
from exceptions.notes import notes_page
from exceptions.proof_pack.clock import clock_of
from exceptions.proof_pack.facts import numbers_of, parcels_of
from exceptions.views.page import VIEW, RecordPage


class ProofView(RecordPage, View):
    """GET shows the numbers and the clock with the packs made so far; POST makes one and keeps both files."""

    permission_required = (VIEW, notes_page.EXPORT)
    http_method_names = ["get", "post"]

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """What stands on the first lines of the paper."""
        record = self.record
        order = reading.order_of(record)
        dispatches = parcels_of(order)
        history = notes_page.lines(record, request.user)
        context = {
            "record": record, "order": order, "title": "Proof pack", "numbers": numbers_of(record, order),
            "clock": clock_of(record, order, dispatches, reading.attempts_of(record)), "parcels": dispatches,
            "proof_packs": [line for line in history if line.entry.kind == EntryKind.PROOF_MADE][::-1],
            "may_export": True,
        }  # fmt: skip
        return render(request, "exceptions/proof.html", context)

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Make it, and show where it is."""
        proof_pack.make(self.record, by=self.person)
        messages.success(request, "The proof pack is made. Download the PDF and the CSV below.")
        return HttpResponseRedirect(reverse("exceptions:proof", args=[self.record.pk]))
