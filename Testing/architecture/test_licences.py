"""Every dependency stands in the list of licences, and none has one that would bind this program."""

from __future__ import annotations

import re

from architecture.licences import PAGE, declared, licence_of

ROWS = dict(re.findall(r"^\| ([a-z0-9.-]+) \| ([^|]+) \| [^|]+ \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))


def test_the_list_is_whole() -> None:
    missing = sorted(set(declared()) - set(ROWS))
    assert not missing, "run: python Testing/architecture/licences.py"


def test_what_is_listed_is_what_the_packages_state() -> None:
    stated = {name: licence for name in declared() if (licence := licence_of(name))}
    assert len(stated) > 10
    assert {name: ROWS[name] for name in stated} == stated


def test_nothing_that_every_user_needs_is_copyleft() -> None:
    needed = [name for name, purpose in declared().items() if purpose == "all"]
    assert [name for name in needed if re.search(r"\bA?GPL|GNU (Affero )?General", ROWS[name])] == []
