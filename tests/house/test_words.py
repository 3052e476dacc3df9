"""What the files may not say: unfinished work, machine paths, index addresses, unescaped partner data."""

import re

import pytest

from tests.house.sources import files, named

# Spelled in pieces, so that this file passes its own rules
HANDS_WORDS = "|".join(
    ["hel" + "pers?", "(?<!user-)(?<!user_)(?<!user )ag" + "ents?", "(?<!operations )assis" + "tants?"]
)
MACHINE_FOLDERS = "|".join(["wo" + "rk", "ro" + "ot", "ho" + "me/[a-z]+"])
INDEX_NAMES = "|".join(["py" + r"pi\.org", "pythonho" + "sted", "artif" + "actory", r"index-u" + r"rl[= ]\S*://"])

UNFINISHED = re.compile(rf"\b({'|'.join(['TO' + 'DO', 'FIX' + 'ME', 'HA' + 'CK'])})\b")
MACHINE = re.compile(rf"(?<![\w.])/({MACHINE_FOLDERS})/")
INDEX = re.compile(INDEX_NAMES, re.IGNORECASE)
HANDS = re.compile(rf"\b({HANDS_WORDS})\b", re.IGNORECASE)
TICKET = re.compile(r"\bissue #?\d+|\bgh-\d+", re.IGNORECASE)
UNSAFE = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off")
INLINE = re.compile(r"\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:", re.IGNORECASE)

RULES = [
    pytest.param(UNFINISHED, id="unfinished work"),
    pytest.param(MACHINE, id="a path of one machine"),
    pytest.param(INDEX, id="the address of a package index"),
    pytest.param(HANDS, id="who wrote it"),
    pytest.param(TICKET, id="a ticket number"),
]


def places(rule: re.Pattern[str], *suffixes: str) -> list[str]:
    found = []
    for path in files(*suffixes):
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if match := rule.search(line):
                found.append(f"{named(path)}:{number}: {match[0]}")
    return found


@pytest.mark.parametrize("rule", RULES)
def test_no_file_says(rule: re.Pattern[str]) -> None:
    assert places(rule) == []


def test_templates_escape_everything() -> None:
    assert places(UNSAFE, ".html") == []


def test_templates_keep_to_the_content_security_policy() -> None:
    """Inline styles and handlers would be dropped by the browser, since the policy has no unsafe-inline."""
    assert places(INLINE, ".html") == []


def test_only_the_row_renderer_marks_text_as_safe() -> None:
    """It joins parts that were escaped one by one; everything else leaves escaping to the templates."""
    found = places(re.compile(r"\bmark_" + r"safe\b"), ".py")
    assert [place for place in found if not place.startswith("jlseko/ui/rows.py:")] == []


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (UNFINISHED, "# TO" + "DO later"),
        (MACHINE, "open('/ro" + "ot/x')"),
        (INDEX, "https://py" + "pi.org/simple"),
        (HANDS, "written by an ag" + "ent"),
        (TICKET, "see issue" + " 12"),
        (UNSAFE, "{{ name|safe }}"),
        (INLINE, '<p style="color:red">'),
    ],
)
def test_each_rule_finds_what_it_is_for(rule: re.Pattern[str], line: str) -> None:
    assert rule.search(line)


@pytest.mark.parametrize("line", ['headers["User-Agent"]', "the operations assistant signs in", "user_agent"])
def test_ordinary_words_pass(line: str) -> None:
    assert not HANDS.search(line)
