"""What every page that changes the carrier table shares."""

from typing import Any, cast

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.views.generic import TemplateView

from carriers.services import EDIT_PERMISSION
from carriers.shop_pages import ShopPage
from jlseko.ui.links import next_of


class ChangePage(ShopPage, TemplateView):
    """A page with a form: reading it takes the view permission, posting to it the change permission."""

    page = "mapping-list"
    permission_required_to_post = EDIT_PERMISSION

    @property
    def user(self) -> User:
        """Who is signed in; the role check has made sure that somebody is."""
        return cast(User, self.request.user)

    def back_url(self) -> str:
        """Where to go afterwards: an address of ours in ``next``, else the list."""
        return next_of(self.request, self.url("mapping-list"))

    def page_of(self, form: Any, **more: Any) -> HttpResponse:
        """The page once more, with a form that was filled in."""
        return self.render_to_response(self.get_context_data(form=form, **more))
