"""What a partner can bear: call budgets and the breaker, shared by all processes because they live in Postgres."""

from django.db import models

from sync.models.connection import Connection, Side


class Budget(models.Model):
    """The token bucket of one operation: ``tokens`` as of ``refreshed_at`` (real time), none before ``sleep_until``."""

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="budgets")
    side = models.CharField(max_length=20, choices=Side)
    operation = models.CharField(max_length=40)
    tokens = models.FloatField()
    refreshed_at = models.DateTimeField()
    sleep_until = models.DateTimeField(null=True, blank=True)
    spent = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "side", "operation"], name="budget_once"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.operation}"


class PartnerState(models.Model):
    """The breaker of one partner: closed = calls flow; open = nothing is sent until ``retry_at`` (real time), then
    one read.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="partners")
    side = models.CharField(max_length=20, choices=Side)
    is_open = models.BooleanField(default=False)
    failures_in_a_row = models.PositiveIntegerField(default=0)
    reason = models.CharField(max_length=300, blank=True)
    credentials_refused = models.BooleanField(default=False)
    opened_at = models.DateTimeField(null=True, blank=True)
    retry_at = models.DateTimeField(null=True, blank=True)
    last_good_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "side"], name="partner_once")]

    def __str__(self) -> str:
        return f"{self.side} {'open' if self.is_open else 'closed'}"
