"""Nobody knows whether a partner took what we sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from django import forms

from exceptions.category import ANY_SIDE, Category
from exceptions.fixes.fix_form import DecisionForm, FixForm
from exceptions.partner_away import back_again
from exceptions.states import Blame, OwnerRole, Severity
from sync.corrections import OUTCOME
from sync.failures import Code, Failure
from sync.looks import OPERATIONS
from sync.models import Connection, Item, Side


class EvidenceForm(DecisionForm):
    """What the partner's people said."""

    ways = (
        ("applied", "They have it: go on from there"),
        ("not_applied", "They do not have it: it may be sent again"),
        ("again", "Nobody could say: read the status again"),
    )
    needs = {"applied": ("evidence",), "not_applied": ("evidence",)}

    def details(self) -> None:
        """Who said it; kept in the history."""
        self.fields["evidence"] = forms.CharField(
            label="Who said so, and when",
            required=False,
            max_length=200,
            help_text="A name at the partner and a ticket number. Not the customer's data.",
        )


class OutcomeUnknown(Category):
    """Never sent twice on a guess."""

    slug = "outcome_unknown"
    title = "Outcome unknown"
    detect_text = "An answer was lost, and the read-back failed too often to say whether the call was applied."
    next_move = "ask whether our request arrived, then say what they said"
    ask = (
        "Please tell us whether you have received what we sent under this number at the time below. Please do "
        "not act on it yet."
    )
    codes = frozenset({Code.OUTCOME_UNKNOWN})
    side = Blame.NETWORK
    owner_role = OwnerRole.OPERATIONS
    rank = 12
    behind = ANY_SIDE
    base_severity = Severity.HIGH
    scenario = "outcome_unknown"
    form_class = EvidenceForm
    runbook = """
We sent something and lost the answer. Sending it again could send the goods twice; not sending it could lose the order.

## First check
Which call was it? The attempts show what was sent, when, and under which number.

## Steps
1. Ask the partner whether they have an order with this number.
2. They have it: say so, with the name of the person. Nothing is sent again.
3. They do not have it: say so. It is sent again, once.
4. Nobody can say: read the status again later. Do not guess.

## Who to call
SEKO client services (Activity Monitor), or John Lewis partner support.

## How you know it is fixed
The partner shows the order when it is read back.
"""

    def headline(self, failure: Failure, item: Item | None) -> str:
        """Which side, which call."""
        side = failure.facts.get("side", "")
        who = Side(side).label if side in Side.values else "the partner"
        call = OPERATIONS.get(failure.facts.get("operation", ""), "")
        return f"Nobody knows whether {who} took what we sent{f': {call[0].lower()}{call[1:]}' if call else ''}"

    def relieved(self, connection: Connection) -> Iterator[tuple[Item, str]]:
        """The partner answers again: it is asked anew before a person has to."""
        yield from back_again(connection, self.slug)

    def corrections(self, form: FixForm) -> dict[str, str]:
        """A person's evidence."""
        way = cast("DecisionForm", form).way
        return {} if way == "again" else {OUTCOME: way}

    def describe(self, form: FixForm) -> str:
        """The choice and who vouches for it."""
        evidence = str(form.cleaned_data.get("evidence") or "")
        return f"{cast('DecisionForm', form).way_label}{f' ({evidence})' if evidence else ''}"
