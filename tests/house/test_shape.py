"""Files and functions stay small enough to be read at one sitting."""

import ast

from tests.house.sources import PROJECT, files, named

FILE_LINES = 400
FUNCTION_LINES = 60
SETTINGS_LINES = 200


def sources():
    return [path for path in files(".py") if "migrations" not in path.parts]


def test_no_file_is_longer_than_the_house_allows() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}
    assert len(lengths) > 50
    assert {name: lines for name, lines in lengths.items() if lines > FILE_LINES} == {}


def test_no_function_is_longer_than_the_house_allows() -> None:
    long = {}
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    long[f"{named(path)}:{node.name}"] = lines
    assert long == {}


def test_the_settings_fit_on_a_few_screens() -> None:
    assert len((PROJECT / "jlseko" / "settings.py").read_text().splitlines()) <= SETTINGS_LINES


def test_a_file_is_named_after_what_it_holds() -> None:
    vague = {"utils", "util", "hel" + "pers", "common", "core", "misc", "base_utils"}
    assert [named(path) for path in sources() if vague & {path.stem, *path.relative_to(PROJECT).parts[:-1]}] == []


def test_no_import_hides_inside_a_function() -> None:
    """An import in a function dodges a cycle; Django's `ready` alone has to wait for the models."""
    hidden = []
    for path in sources():
        if path.is_relative_to(PROJECT / "tests"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name != "ready":
                inside = [each for each in ast.walk(node) if isinstance(each, ast.Import | ast.ImportFrom)]
                hidden += [f"{named(path)}:{each.lineno}" for each in inside]
    assert hidden == []
