"""What every carrier page shares: whose shop it shows, the tabs, and who may see or change it."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest
from django.urls import reverse
from django.utils.functional import cached_property

from carriers.services import EDIT_PERMISSION
from carriers.shipments import registered
from jlseko.ui.access import RoleRequired, who_can

VIEW_PERMISSION = "carriers.view_carriermapping"
_TABS = (
    ("mapping-list", "Mappings", "waypoints"),
    ("coverage", "Coverage", "radar"),
    ("approved-list", "Approved list", "list-checks"),
    ("version-list", "Versions", "history"),
    ("try-it", "Try it", "flask-conical"),
)


class ShopPage(RoleRequired):
    """View mixin: one shop, chosen by ``?shop=``, the first where nothing is chosen."""

    permission_required = VIEW_PERMISSION
    request: HttpRequest
    page = ""
    """The url name of the tab that is marked."""

    @cached_property
    def shops(self) -> list[str]:
        """The connections."""
        return registered().shops()

    @cached_property
    def shop(self) -> str:
        """The chosen shop, empty where there is none at all.

        Raises:
            Http404: for a shop that does not exist.
        """
        asked = self.request.GET.get("shop", "")
        if asked and asked not in self.shops:
            raise Http404("There is no shop of this name.")
        return asked or (self.shops[0] if self.shops else "")

    @property
    def may_edit(self) -> bool:
        """Whether this person may change the table."""
        return bool(self.request.user.has_perm(EDIT_PERMISSION))

    def url(self, name: str, **more: str) -> str:
        """A page of this app for the same shop, which is left out of the address where there is only one."""
        query = ({"shop": self.shop} if len(self.shops) > 1 else {}) | more
        return reverse(f"carriers:{name}") + (f"?{urlencode(query)}" if query else "")

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """What every page of this app shows."""
        tabs = [
            {"label": label, "url": self.url(name), "icon": icon, "active": name == self.page}
            for name, label, icon in _TABS
        ]
        shared = {
            "shop": self.shop,
            "shops": [{"name": name, "url": f"?{urlencode({'shop': name})}"} for name in self.shops],
            "tabs": tabs,
            "tabs_label": "Carriers",
            "may_edit": self.may_edit,
            "why_not": "" if self.may_edit else who_can([EDIT_PERMISSION]),
        }
        parent: dict[str, Any] = super().get_context_data(**shared | kwargs)  # type: ignore[misc]
        return parent
