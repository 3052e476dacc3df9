"""The runbooks of the categories: as HTML for the screens, and as one handbook for the people on the desk.

They are written in a small part of Markdown: ``##`` headings, paragraphs, numbered lists, ``*words*`` and
```code```. Everything else is shown as it is written, escaped.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from exceptions.category import Category, Resubmit, registry
from exceptions.roles import ROLE_GROUPS
from exceptions.states import OwnerRole

MEANING = "What it means"
KEY_LENGTH = 16
_MARKED = re.compile(r"(\*[^*\n]+\*|`[^`\n]+`)")
_STEP = re.compile(r"^\d+\.\s+")


@dataclass(frozen=True, slots=True)
class Section:
    """One heading of a runbook with its text."""

    title: str
    text: str

    @property
    def steps(self) -> list[str]:
        """The numbered steps, each on one line; empty where it is plain text."""
        steps: list[str] = []
        for line in self.text.splitlines():
            if _STEP.match(line):
                steps.append(_STEP.sub("", line).strip())
            elif steps and line.strip():
                steps[-1] = f"{steps[-1]} {line.strip()}"
        return steps

    @property
    def html(self) -> SafeString:
        """The text as escaped HTML."""
        if self.steps:
            return format_html("<ol>{}</ol>", format_html_join("", "<li>{}</li>", ((inline(s),) for s in self.steps)))
        return format_html_join("", "<p>{}</p>", ((inline(paragraph),) for paragraph in _paragraphs(self.text)))


def sections(category: Category) -> list[Section]:
    """The runbook by headings; what stands before the first one is the meaning."""
    found: list[Section] = []
    title = MEANING
    lines: list[str] = []
    for line in [*category.runbook.strip().splitlines(), "## "]:
        if line.startswith("## "):
            text = "\n".join(lines).strip()
            if text:
                found.append(Section(title, text))
            title, lines = line.removeprefix("## ").strip(), []
        else:
            lines.append(line)
    return found


def html(category: Category) -> SafeString:
    """The whole runbook."""
    rows = ((section.title, section.html) for section in sections(category))
    return format_html_join("", "<h3>{}</h3>{}", rows)


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step as it reads now. ``key`` finds it again while its words stay the same."""

    number: int
    text: str
    section: str

    @property
    def key(self) -> str:
        """Changes with the words, not with the number."""
        return key_of(self.text)


def key_of(text: str) -> str:
    """The short name of a step that reads like this."""
    return hashlib.sha256(text.encode()).hexdigest()[:KEY_LENGTH]


def steps_of(category: Category) -> list[Step]:
    """Every numbered step of a runbook, counted through all its sections."""
    lines = [(section.title, text) for section in sections(category) for text in section.steps]
    return [Step(number, text, title) for number, (title, text) in enumerate(lines, start=1)]


def index() -> list[Category]:
    """Every category that has a runbook, by title."""
    return registry.all()


def _paragraphs(text: str) -> Iterator[str]:
    for paragraph in text.split("\n\n"):
        joined = " ".join(line.strip() for line in paragraph.splitlines())
        if joined:
            yield joined


def inline(text: str) -> SafeString:
    """One line as escaped HTML."""
    return format_html_join("", "{}", ((_word(part),) for part in _MARKED.split(text) if part))


def _word(part: str) -> str | SafeString:
    if len(part) > 2 and part[0] == part[-1] == "*":
        return format_html("<em>{}</em>", part[1:-1])
    if len(part) > 2 and part[0] == part[-1] == "`":
        return format_html("<code>{}</code>", part[1:-1])
    return part


SENDS_BACK = {
    Resubmit.ITEM: "this order",
    Resubmit.CAUSE: "every order that the same cause holds",
    Resubmit.NONE: "nothing; it goes on by itself",
}

HANDBOOK_START = """# The handbook of the desk

This file is made from the runbooks of the categories (`python manage.py handbook`). Change the runbook in
`exceptions/categories/`, not this file.

## Every day

1. Open *Today*. Start with *Fix first*: the causes that hold the most orders with the least time left.
2. Work through the list from the top. It is sorted by the time left and by what is at stake.
3. Look at what was *sent back, not yet proved*. It closes by itself once the other side has been read; what stays there
   for more than an hour deserves a look at its timeline.
4. Chase what is *waiting on others*: at its chase time it comes back into the list by itself.
5. Look at *Stock*: how old SEKO's figures are, and which listings are in trouble.
6. Before the carriers leave, look once more at *No dispatch news* and *Dispatched, not confirmed*.
7. At the end of the day nothing is without an owner, and everything that waits has a chase time.

## How to read an exception

- The first line says where the order is stuck. Below it are **all** faults that are known, not only the first.
- The timeline has one lane for John Lewis, one for SEKO and one for us. The last entry is where it stopped.
- The deadline is John Lewis's where it has set one; *our own target* is ours.
- The form asks for the wrong fields only. What came from John Lewis is never changed: your values are laid over it,
  with your name, and can be taken back.
- *Rehearse* runs the same rules without sending anything. *Save and send back* sends the order through the same door as
  every other order.
- An exception closes when the other side has been **read back**, not when you press the button. *Verified 10:07* says
  what was read, and when.
- A dismissed exception needs a reason. One that still holds an order cannot be dismissed.

## Who owns what

A queue is not a sign-in group: each queue is worked by one. An admin may give a category to another queue.

"""


def handbook() -> str:
    """The handbook as Markdown: the day, how to read an exception, who owns what, one section per category."""
    lines = [HANDBOOK_START.rstrip(), "", "| Category | Queue | Worked by |", "| --- | --- | --- |"]
    for category in registry.all():
        group = ROLE_GROUPS[category.owner_role]
        lines.append(f"| {category.title} | {OwnerRole(category.owner_role).label} | {group} |")
    lines += [
        "",
        "Managers may act on every exception about an order. Admins act on keys, outages and rules, never on an order.",
        "Finance reads.",
        "",
        "## The categories",
    ]
    for category in registry.all():
        lines += ["", f"### {category.title}", "", f"*Seen when:* {category.detect_text}  "]
        lines += [
            f"*Queue:* {OwnerRole(category.owner_role).label}  ",
            f"*A fix sends back:* {SENDS_BACK[category.resubmit]}",
        ]
        for section in sections(category):
            lines += ["", f"**{section.title}**", "", section.text]
    return "\n".join(lines) + "\n"
