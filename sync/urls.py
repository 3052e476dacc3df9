"""Addresses of the engine's pages."""

from django.urls import path

from sync.views import (
    checklist,
    connection_settings,
    connections,
    flows,
    health,
    keys,
    orders,
    stock,
    stock_files,
    stock_rules,
    stock_sku,
)

app_name = "sync"

urlpatterns = [
    path("orders/", orders.OrderListView.as_view(), name="order-list"),
    path("corrections/<int:pk>/revert/", orders.RevertView.as_view(), name="revert"),
    path("orders/<slug:connection>/<path:order_id>/", orders.OrderView.as_view(), name="order"),
    path("stock/", stock.StockListView.as_view(), name="stock-list"),
    path("stock/unlisted/", stock.UnlistedView.as_view(), name="stock-unlisted"),
    path("stock/files/", stock_files.FileListView.as_view(), name="stock-files"),
    path("stock/files/<int:pk>/", stock_files.FileView.as_view(), name="stock-file"),
    path("stock/files/<int:pk>/results.csv", stock_files.FileDownloadView.as_view(), name="stock-file-csv"),
    path("stock/rules/", stock_rules.RuleListView.as_view(), name="stock-rules"),
    path("stock/rules/new/", stock_rules.NewRuleView.as_view(), name="stock-rule-new"),
    path("stock/rules/<int:pk>/end/", stock_rules.EndRuleView.as_view(), name="stock-rule-end"),
    path("stock/listings/<int:pk>/", stock_sku.SkuView.as_view(), name="stock-listing"),
    path("stock/<slug:connection>/<path:sku>/", stock_sku.SkuView.as_view(), name="stock-sku"),
    path("sync/", health.HealthView.as_view(), name="health"),
    path("connections/", connections.ConnectionListView.as_view(), name="connections"),
    path("connections/<slug:name>/", connections.StateView.as_view(), name="connection"),
    path("connections/<slug:name>/discovered/", connections.DiscoveredView.as_view(), name="connection-discovered"),
    path("connections/<slug:name>/history/", connections.HistoryView.as_view(), name="connection-history"),
    path("connections/<slug:name>/checklist/", checklist.ChecklistView.as_view(), name="connection-checklist"),
    path(
        "connections/<slug:name>/checklist/<slug:question>/",
        checklist.QuestionView.as_view(),
        name="connection-question",
    ),
    path("connections/<slug:name>/test/", connections.CheckView.as_view(), name="connection-test"),
    path("connections/<slug:name>/settings/", connection_settings.SettingsView.as_view(), name="connection-settings"),
    path(
        "connections/<slug:name>/settings/change/",
        connection_settings.ChangeSettingsView.as_view(),
        name="connection-settings-change",
    ),
    path("connections/<slug:name>/keys/", keys.KeysView.as_view(), name="connection-keys"),
    path("connections/<slug:name>/keys/<slug:side>/", keys.KeyView.as_view(), name="connection-key"),
    path("connections/<slug:name>/push-url/renew/", keys.RenewPushUrlView.as_view(), name="connection-push-url-renew"),
    path("connections/<slug:name>/push-url/", keys.PushUrlView.as_view(), name="connection-push-url"),
    path("connections/<slug:name>/flows/<slug:flow>/pause/", flows.PauseView.as_view(), name="flow-pause"),
    path("connections/<slug:name>/flows/<slug:flow>/resume/", flows.ResumeView.as_view(), name="flow-resume"),
    path("connections/<slug:name>/flows/<slug:flow>/run/", flows.RunNowView.as_view(), name="flow-run"),
]
