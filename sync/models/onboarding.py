"""What the partners have told us about the questions that their public material leaves open."""

from django.conf import settings
from django.db import models

from sync.models.connection import Connection


class OnboardingAnswer(models.Model):
    """The answer to one open question of a contract (see :mod:`sync.connections.onboarding`). An answered question
    confirms the settings that hang on it: they are provisional no more.
    """

    connection = models.ForeignKey(Connection, on_delete=models.CASCADE, related_name="onboarding_answers")
    question = models.CharField(max_length=60)
    answer = models.TextField(blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["connection", "question"], name="onboarding_answer_once")]

    def __str__(self) -> str:
        return self.question
