"""Who works at the demo's desk: user name, first name, last name, group."""

from __future__ import annotations

PASSWORD = "try-the-desk"  # noqa: S105  printed on the console; a demo listens on this machine only
PEOPLE = {
    "ops": ("Olivia", "Prescott", "Operations"),
    "manager": ("Marcus", "Adeyemi", "Manager"),
    "admin": ("Amrit", "Sandhu", "Admin"),
    "finance": ("Fiona", "Galbraith", "Finance"),
}
