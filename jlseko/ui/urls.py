"""Addresses of the design layer: how it looks for me, and the page of all parts."""

from __future__ import annotations

from django.urls import path

from jlseko.ui.gallery import GalleryView
from jlseko.ui.preferences import PreferencesView

app_name = "ui"
urlpatterns = [
    path("", GalleryView.as_view(), name="gallery"),
    path("preferences", PreferencesView.as_view(), name="preferences"),
]
