"""Addresses of the engine's pages."""

from django.urls import path

from sync.views import connections, health, orders

app_name = "sync"

urlpatterns = [
    path("orders/", orders.OrderListView.as_view(), name="order-list"),
    path("corrections/<int:pk>/revert/", orders.RevertView.as_view(), name="revert"),
    path("orders/<slug:connection>/<path:order_id>/", orders.OrderView.as_view(), name="order"),
    path("search/", orders.SearchView.as_view(), name="search"),
    path("sync/", health.HealthView.as_view(), name="health"),
    path("connections/", connections.ConnectionListView.as_view(), name="connections"),
    path("connections/<slug:name>/", connections.ConnectionView.as_view(), name="connection"),
    path("connections/<slug:name>/settings/", connections.SettingsView.as_view(), name="connection-settings"),
    path("connections/<slug:name>/test/", connections.CheckView.as_view(), name="connection-test"),
    path("connections/<slug:name>/push-url/", connections.PushUrlView.as_view(), name="connection-push-url"),
]
