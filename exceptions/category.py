"""What a category of exceptions is, and the registry that every screen reads. One file in ``categories/`` each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from exceptions.states import Blame, OwnerRole, Severity
from sync.failures import Code, Failure
from sync.models import Connection, Item
from sync.states import Milestone

if TYPE_CHECKING:
    from django.contrib.auth.models import User

    from exceptions.fixes.fix_form import FixForm
    from exceptions.models import ExceptionRecord, Fault

FLOOR = "unclassified"
ANY_SIDE = "*"


class Resubmit(StrEnum):
    """What a saved fix sends back."""

    ITEM = "item"  # this order
    CAUSE = "cause"  # every order that the same cause holds
    NONE = "none"  # nothing: it goes on by itself


class Mover(StrEnum):
    """On whose side the next move is while nobody waits for anybody."""

    OURS = "ours"
    SEKO = "SEKO"
    JOHN_LEWIS = "John Lewis"
    PARTNER = "the partner"  # the side that the exception names


class Category:
    """A kind of exception: how it is recognised, whose it is, how it is fixed, and what to do (architecture section 7).

    A subclass with a ``slug`` registers itself. The lower the ``rank``, the sooner it leads when an order has several
    faults. ``target`` is our own time limit (business time) where no partner sets a deadline. ``permission`` is a
    further right that saving its form takes. ``proofs`` are the readings that prove such a fault gone. ``mover`` and
    ``next_move`` say who does what next, as in "SEKO: say when the goods are in"; ``ask`` is the question that the call
    sheet puts to the other side.
    """

    slug: ClassVar[str] = ""
    title: ClassVar[str]
    detect_text: ClassVar[str]
    codes: ClassVar[frozenset[Code]] = frozenset()
    side: ClassVar[Blame]
    owner_role: ClassVar[OwnerRole]
    rank: ClassVar[int] = 50
    base_severity: ClassVar[Severity] = Severity.NORMAL
    target: ClassVar[timedelta] = timedelta(hours=8)
    patience: ClassVar[timedelta] = timedelta(hours=1)
    resubmit: ClassVar[Resubmit] = Resubmit.ITEM
    permission: ClassVar[str] = ""
    mover: ClassVar[Mover] = Mover.OURS
    next_move: ClassVar[str] = "read what the partner answered, and send it back when the cause is gone"
    ask: ClassVar[str] = ""
    held_by: ClassVar[tuple[str, ...]] = ()  # the lanes and flows whose pause may be the true cause
    behind: ClassVar[str] = ""  # the partner whose outage may be the true cause; ANY_SIDE = the one in the facts
    proofs: ClassVar[frozenset[Milestone]] = frozenset(Milestone) - {
        Milestone.RESUBMITTED, Milestone.TAKEN, Milestone.INJECTED
    }  # fmt: skip
    alike: ClassVar[str] = "One order"  # what the faults of one cause have in common, in words
    scenario: ClassVar[str]  # the simulated partners' behaviour that produces it; empty where none does
    runbook: ClassVar[str]
    form_class: ClassVar[type[FixForm] | None] = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.__dict__.get("slug"):
            registry.register(cls())

    def claims(self, failure: Failure) -> bool:
        """Whether a fault belongs here."""
        return failure.code in self.codes

    def watch(self, connection: Connection) -> Iterable[tuple[Item, list[Failure]]]:
        """Items that are stuck although nobody raised a fault, each with what to say about it.

        One that was sent back within ``patience`` is left alone by the caller.
        """
        return ()

    def relieved(self, connection: Connection) -> Iterable[tuple[Item, str]]:
        """Stalled items whose fault has become pointless without anybody's help, each with the reason."""
        return ()

    def severity(self, record: ExceptionRecord) -> Severity:
        """How bad such an exception is before clocks and money are looked at."""
        return self.base_severity

    def fingerprint(self, failure: Failure, item: Item | None) -> str:
        """What makes two faults one cause; by default each order is a cause of its own."""
        if item is None:
            return failure.facts.get("side", "")
        return f"{item.kind} {item.order_key or item.external_key}"

    def move(self, record: ExceptionRecord) -> str:
        """What is done next with an open record, as the end of "ours, to …"."""
        return self.next_move

    def headline(self, failure: Failure, item: Item | None) -> str:
        """One line that names the cause, without personal data."""
        return failure.text

    def form(
        self, faults: Sequence[Fault], *, data: Mapping[str, Any] | None = None, prefix: str = ""
    ) -> FixForm | None:
        """The form for the outstanding faults of one item, bound when ``data`` is given; None = nothing to enter.

        Its fields begin with ``prefix``, by default the category and the item.
        """
        if self.form_class is None or not faults:
            return None
        found = self.form_class(data, faults=faults, prefix=prefix or f"{self.slug}-{faults[0].item_id or 0}")
        return found if found.fields else None

    def corrections(self, form: FixForm) -> dict[str, str]:
        """What a valid form lays over the item, path to value."""
        return {}

    def apply(self, form: FixForm, *, by: User) -> None:
        """Write what is no correction of one item: a mapping row, an alias. Raises ``ValueError`` with a sentence."""

    def releases(self, form: FixForm) -> Resubmit:
        """What this particular fix sends back."""
        return self.resubmit

    def describe(self, form: FixForm) -> str:
        """What the fix was, for the history: names of fields, never what a customer wrote."""
        labels = [str(form.fields[name].label) for name in form.changed_data]
        return f"Changed: {', '.join(labels)}" if labels else "Saved as it was"


class Registry:
    """All categories by slug."""

    def __init__(self) -> None:
        self._known: dict[str, Category] = {}

    def register(self, category: Category) -> None:
        """Add a category. Raises ``ValueError`` when its slug is taken."""
        if category.slug in self._known:
            raise ValueError(f"There are two categories {category.slug}.")
        self._known[category.slug] = category

    def unregister(self, slug: str) -> None:
        """Take a category out again."""
        self._known.pop(slug, None)

    def get(self, slug: str) -> Category:
        """The category with this slug; records of one that is gone read as unclassified."""
        return self._known.get(slug) or self._known[FLOOR]

    def all(self) -> list[Category]:
        """Every category, by title."""
        return sorted(self._known.values(), key=lambda category: category.title.casefold())

    def choices(self) -> list[tuple[str, str]]:
        """Slug and title of each, for filters."""
        return [(category.slug, category.title) for category in self.all()]

    def of(self, failure: Failure) -> Category:
        """The category that claims a fault; when several do, the one with the lowest rank. Nobody: unclassified."""
        claiming = [c for c in self._known.values() if c.slug != FLOOR and c.claims(failure)]
        return min(claiming, key=lambda category: category.rank, default=self._known[FLOOR])

    def __iter__(self) -> Iterator[Category]:
        return iter(self.all())

    def __contains__(self, slug: str) -> bool:
        return slug in self._known


registry = Registry()
