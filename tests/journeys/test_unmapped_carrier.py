"""A manager maps a carrier in the browser, and the dispatch that it held is confirmed at John Lewis."""

import pytest
from playwright.sync_api import expect

from exceptions.models import ExceptionRecord
from sync.models import Order

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


def test_a_manager_fixes_an_unmapped_carrier_and_sees_it_confirmed(loop, sign_in, page, live_server):
    loop.marketplace.ask("/_sandbox/order", {})
    order = loop.until(lambda: Order.objects.filter(item__stage="injected").first(), what="the order at SEKO")
    courier = {"SalesOrderNumber": order.order_id, "courier": "Fagans Freight", "service": "Pallet 48"}
    loop.warehouse.ask("/_sandbox/dispatch", courier | {"tracking_number": "15501234567890"})
    record = loop.until(
        lambda: ExceptionRecord.objects.filter(category="unmapped_carrier", state="open").first(), what="the exception"
    )

    sign_in("manager")
    page.get_by_role("link", name="Exceptions").first.click()
    page.get_by_role("link", name="Fagans Freight Pallet 48").first.click()
    page.wait_for_url(f"{live_server.url}/exceptions/{record.pk}/")
    expect(page.get_by_text("has no John Lewis carrier code").first).to_be_visible()
    page.get_by_label("John Lewis carrier").select_option("DPD_UK")
    page.get_by_role("button", name="Fix, then see what goes").click()
    page.get_by_role("button", name="Yes, release 1 order").click()
    page.wait_for_load_state()

    loop.until(lambda: Order.objects.get(pk=order.pk).confirmed_at, what="the confirmation")
    record.refresh_from_db()
    assert record.state == "verified"
    page.goto(f"{live_server.url}/exceptions/{record.pk}/")
    expect(page.get_by_text("verified").first).to_be_visible()

    writes = [entry for entry in loop.marketplace.requests() if entry["applied"] and entry["method"] == "PUT"]
    confirmed = [entry["path"] for entry in writes if entry["path"].endswith(("/tracking", "/ship"))]
    assert confirmed == [f"/api/orders/{order.order_id}/tracking", f"/api/orders/{order.order_id}/ship"]
