"""Addresses of the carrier screens, under /carriers/."""

from django.urls import path

from carriers import edit_views, upkeep_views, views

app_name = "carriers"
urlpatterns = [
    path("", views.MappingListView.as_view(), name="mapping-list"),
    path("new/", edit_views.MappingNewView.as_view(), name="mapping-new"),
    path("<int:pk>/", edit_views.MappingEditView.as_view(), name="mapping-edit"),
    path("<int:pk>/retire/", upkeep_views.MappingRetireView.as_view(), name="mapping-retire"),
    path("coverage/", views.CoverageView.as_view(), name="coverage"),
    path("approved/", views.ApprovedListView.as_view(), name="approved-list"),
    path("versions/", views.VersionListView.as_view(), name="version-list"),
    path("try/", views.TryView.as_view(), name="try-it"),
    path("review/", upkeep_views.ReviewView.as_view(), name="review"),
]
