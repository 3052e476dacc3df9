"""People at the engine's pages."""

from django.contrib.auth.models import Group, User
from django.test import Client

from exceptions.groups import grant

MOST = 12  # statements of a whole page, its frame included


def person(group: str) -> User:
    """Somebody of a sign-in group; the same one when asked again."""
    grant()
    user, _ = User.objects.get_or_create(username=group.lower(), defaults={"first_name": group, "last_name": "Person"})
    user.groups.add(Group.objects.get(name=group))
    return user


def browser(group: str) -> Client:
    """The browser of somebody who has signed in."""
    client = Client()
    client.force_login(person(group))
    return client
