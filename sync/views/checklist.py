"""The checklist of what is still to be asked of the partners."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views import View

from jlseko.ui.access import RoleRequired
from sync.connections import onboarding, policy_changes, policy_words
from sync.connections.forms import AnswerForm
from sync.connections.questions import BY_SLUG
from sync.models import Connection, Side
from sync.views.connection_settings import settings_rows
from sync.views.connections import CHANGE, READ, ConnectionPage

LOOKS = {
    onboarding.State.OPEN: ("Open", "warning", "circle-help"),
    onboarding.State.ASKED: ("Asked", "waiting", "hourglass"),
    onboarding.State.ANSWERED: ("Answered", "success", "circle-check"),
    onboarding.State.TOLD: ("Told by John Lewis", "success", "telescope"),
}


class ChecklistView(ConnectionPage):
    """Every question with its state, side by side with what hangs on it."""

    template_name = "sync/connection_checklist.html"
    tab = "connection-checklist"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """The questions of each side, those that nobody has answered first."""
        found = onboarding.standings(self.connection)
        rows = {row["slug"]: row for row in settings_rows(self.connection.policy, self.flags.settings)}
        lines = [_line(each, rows) for each in sorted(found, key=lambda each: each.is_answered)]
        context = {
            "sides": [(side.label, [line for line in lines if line["question"].side == side]) for side in Side],
            "answered": sum(each.is_answered for each in found),
            "most": len(found),
        }
        return super().get_context_data(**context | kwargs)


def _line(standing: onboarding.Standing, rows: dict[str, dict[str, Any]]) -> dict[str, Any]:
    word, tone, icon = LOOKS[standing.state]
    return {
        "question": standing.question,
        "standing": standing,
        "settings": [rows[name] for name in standing.question.settings],
        "word": word,
        "tone": tone,
        "icon": icon,
    }


class QuestionView(RoleRequired, View):
    """One question: note that it was asked, keep the answer, or open it again."""

    permission_required = (READ, CHANGE)

    def get(self, request: HttpRequest, name: str, question: str) -> HttpResponse:
        """The form, with the answer so far and the settings in force."""
        connection = _find(name, question)
        return self._page(connection, self._form(connection))

    def post(self, request: HttpRequest, name: str, question: str) -> HttpResponse:
        """Do what the button says."""
        connection, do = _find(name, question), request.POST.get("do")
        if do == "asked":
            onboarding.note_asked(connection, question, by=self.person)
            messages.success(request, "Noted as asked.")
        elif do == "reopen":
            onboarding.reopen(connection, question, by=self.person)
            messages.success(request, "Opened again; what hangs on it is provisional.")
        else:
            form = self._form(connection, request.POST)
            if not self._answered(connection, form):
                return self._page(connection, form, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        return redirect("sync:connection-checklist", name=name)

    def _answered(self, connection: Connection, form: AnswerForm) -> bool:
        if form.is_valid():
            for field, problem in policy_changes.refused_by_partner(connection, form.values).items():
                form.add_error(field, problem)
        if form.errors:
            return False
        try:
            given = form.cleaned_data["answer"]
            changed = onboarding.answer(connection, form.question.slug, given, values=form.values, by=self.person)
        except ValueError as error:
            form.add_error("answer", str(error))
            return False
        words = ", ".join(policy_words.words_of(key) for key in changed)
        messages.success(self.request, f"Answered. Changed: {words}." if changed else "Answered.")
        return True

    def _form(self, connection: Connection, data: QueryDict | None = None) -> AnswerForm:
        question = BY_SLUG[self.kwargs["question"]]
        standing = onboarding.standing(connection, question.slug)
        return AnswerForm(
            data, question=question, policy=connection.policy, provisional=onboarding.flags(connection).settings,
            initial={"answer": standing.answer},
        )  # fmt: skip

    def _page(self, connection: Connection, form: AnswerForm, status: int = 200) -> HttpResponse:
        standing = onboarding.standing(connection, form.question.slug)
        context = {"connection": connection, "form": form, "question": form.question, "standing": standing}
        return render(self.request, "sync/connection_question.html", context, status=status)


def _find(name: str, question: str) -> Connection:
    if question not in BY_SLUG:
        raise Http404
    return get_object_or_404(Connection, name=name)
