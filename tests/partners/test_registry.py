import pytest

from sync.partners.registry import check_push_aliases, marketplace, warehouse


def test_the_known_kinds_are_made() -> None:
    market = marketplace(
        "mirakl", "https://jl.mirakl.net", "key", allowed_hosts=["jl.mirakl.net"], allow_loopback=False
    )
    depot = warehouse("seko", "http://127.0.0.1:1/api/", "key", status_url="", allowed_hosts=[], allow_loopback=True)
    assert depot.can_read_status is False
    market.close()
    depot.close()


def test_push_fields_may_have_further_names_where_they_exist() -> None:
    check_push_aliases("seko", {"Courier": ("Haulier",)})
    with pytest.raises(ValueError, match=r"Known fields: .*DispatchedQuantity"):
        check_push_aliases("seko", {"Colour": ("Hue",)})
    with pytest.raises(ValueError, match="'Colour' is no push field"):
        warehouse("seko", "http://127.0.0.1:1/api/", "key", status_url="", allowed_hosts=[], allow_loopback=True,
                  push_aliases={"Colour": ("Hue",)})  # fmt: skip


def test_an_unknown_kind_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="Known kinds: mirakl"):
        marketplace("amazon", "https://a.example", "key", allowed_hosts=[], allow_loopback=False)
    with pytest.raises(ValueError, match="Known kinds: seko"):
        warehouse("dhl", "https://a.example", "key", status_url="", allowed_hosts=[], allow_loopback=False)


def test_an_address_outside_the_list_is_never_connected() -> None:
    with pytest.raises(ValueError, match="ALLOWED_REMOTE_HOSTS"):
        marketplace("mirakl", "https://evil.example", "key", allowed_hosts=["jl.mirakl.net"], allow_loopback=False)
    with pytest.raises(ValueError, match="ALLOWED_REMOTE_HOSTS"):
        warehouse(
            "seko",
            "https://ihub.example/api/",
            "key",
            status_url="https://evil.example/",
            allowed_hosts=["ihub.example"],
            allow_loopback=False,
        )
