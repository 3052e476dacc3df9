"""Which warehouse product a marketplace SKU means. SEKO ignores case; we do not, until a person has chosen."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce

from jlseko.clock import business_now
from sync.failures import Code, Failure
from sync.models import Connection, OrderLine, Product, SkuAlias

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

SUGGESTIONS = 5
LOOKED_AT = 200
CLOSE_ENOUGH = 0.6


def key_of(code: str) -> str:
    """The form in which SEKO compares product codes (SEKO contract 1.2): trimmed, case ignored."""
    return code.strip().casefold()


@dataclass(frozen=True, slots=True)
class Resolved:
    """What a SKU resolves to: a product code to send, or why it cannot be sent."""

    sku: str
    product_code: str
    available: int | None
    problem: Code | None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A product that a person may have meant, with the reason for suggesting it."""

    code: str
    title: str
    available: int | None
    why: str


def resolve(connection: Connection, skus: Iterable[str]) -> dict[str, Resolved]:
    """Resolve SKUs exactly as spelt, in three queries whatever their number."""
    wanted = set(skus)
    keys = {key_of(sku) for sku in wanted}
    aliases = dict(SkuAlias.objects.filter(connection=connection, sku__in=wanted).values_list("sku", "product_code"))
    keys |= {key_of(code) for code in aliases.values()}
    products = {p.code_key: p for p in Product.objects.filter(connection=connection, code_key__in=keys)}
    spellings = _spellings(connection, keys)
    complete = connection.policy.catalogue_complete
    return {
        sku: _resolve_one(sku, aliases.get(sku, ""), products=products, spellings=spellings, complete=complete)
        for sku in wanted
    }


def with_spellings(lines: "QuerySet[OrderLine]") -> "QuerySet[OrderLine]":
    """Order lines that bring what :func:`resolve_lines` asks of the database beside the products."""
    here = OuterRef("order__connection")
    alias = SkuAlias.objects.filter(connection=here, sku=OuterRef("sku")).values("product_code")
    settled = SkuAlias.objects.filter(connection=OuterRef("order__connection")).values("sku")
    same = OrderLine.objects.filter(order__connection=here, sku_key=OuterRef("sku_key")).exclude(sku__in=settled)
    spelt = same.order_by().values_list("sku", flat=True).distinct()
    return lines.annotate(alias=Coalesce(Subquery(alias[:1]), Value("")), spelt=ArraySubquery(spelt))


def resolve_lines(connection: Connection, lines: Iterable[Any]) -> dict[str, Resolved]:
    """The same as :func:`resolve` for the SKUs of lines from :func:`with_spellings`, in one query."""
    lines = list(lines)
    aliases = {line.sku: line.alias for line in lines}
    spellings = {key_of(line.sku): {sku.strip() for sku in line.spelt} for line in lines}
    keys = set(spellings) | {key_of(code) for code in aliases.values() if code}
    products = {p.code_key: p for p in Product.objects.filter(connection=connection, code_key__in=keys)}
    complete = connection.policy.catalogue_complete
    return {
        sku: _resolve_one(sku, alias, products=products, spellings=spellings, complete=complete)
        for sku, alias in aliases.items()
    }


def _spellings(connection: Connection, keys: set[str]) -> dict[str, set[str]]:
    """How each code has been spelt by the marketplace so far; aliased spellings are settled and do not count."""
    settled = SkuAlias.objects.filter(connection=connection).values("sku")
    rows = (
        OrderLine.objects.filter(order__connection=connection, sku_key__in=keys)
        .exclude(sku__in=settled)
        .order_by()
        .values_list("sku_key", "sku")
        .distinct()
    )
    found: dict[str, set[str]] = defaultdict(set)
    for key, sku in rows:
        found[key].add(sku.strip())
    return found


def _resolve_one(
    sku: str, alias: str, *, products: dict[str, Product], spellings: dict[str, set[str]], complete: bool
) -> Resolved:
    if alias:
        product = products.get(key_of(alias))
        return Resolved(sku, alias, product.available if product else None, None)
    code = sku.strip()
    product = products.get(key_of(sku))
    others = (spellings.get(key_of(sku), set()) | ({product.code} if product else set())) - {code}
    if others:
        text = f"SKU {code} differs only by upper and lower case from {', '.join(sorted(others))}."
        return Resolved(sku, "", None, Code.SKU_CASE_CLASH, text)
    if product is None and complete:
        return Resolved(sku, "", None, Code.UNKNOWN_SKU, f"SEKO has no product {code}.")
    return Resolved(sku, code, product.available if product else None, None)


def failure_of(resolved: Resolved, line_id: str) -> Failure:
    """The fault of one order line whose SKU cannot be sent."""
    if resolved.problem is None:
        raise ValueError(f"SKU {resolved.sku} has no problem")
    return Failure(
        resolved.problem,
        resolved.text,
        field=f"lines.{line_id}.sku",
        value=resolved.sku,
        rule="sku",
        facts={"sku": resolved.sku},
    )


def set_alias(connection: Connection, sku: str, product_code: str, *, by: "User | None", reason: str = "") -> SkuAlias:
    """Say once and for all which product a SKU means; an earlier choice is replaced.

    Raises ``ValueError`` with a sentence when our complete catalogue does not hold the product.
    """
    code = product_code.strip()
    known = Product.objects.filter(connection=connection, code_key=key_of(code)).first()
    if not code:
        raise ValueError("Choose the SEKO product that this SKU means.")
    if known is None and connection.policy.catalogue_complete:
        raise ValueError(f"SEKO has no product {code}. Choose one from the list, or ask SEKO to load it first.")
    alias, _ = SkuAlias.objects.update_or_create(
        connection=connection,
        sku=sku,
        defaults={
            "product_code": known.code if known else code,
            "author": by,
            "reason": reason[:300],
            "created_at": business_now(),
        },
    )
    return alias


def candidates(connection: Connection, titles: Mapping[str, str]) -> dict[str, list[Candidate]]:
    """Products that each SKU may mean, best first: the same code in another case, then likeness of code or title.

    One query whatever their number. ``titles`` = SKU to the title that the marketplace gives it, empty where unknown.
    """
    query = Q(pk__in=[])
    for sku, title in titles.items():
        query |= Q(code_key__startswith=key_of(sku)[:3])
        for word in _words(title):
            query |= Q(title__icontains=word)
    products = list(Product.objects.filter(query, connection=connection)[: LOOKED_AT * max(len(titles), 1)])
    return {sku: _best(products, sku, title) for sku, title in titles.items()}


def _best(products: Iterable[Product], sku: str, title: str) -> list[Candidate]:
    key, words = key_of(sku), [word.casefold() for word in _words(title)]
    found: list[tuple[float, Candidate]] = []
    for product in products:
        named = product.title.casefold()
        if not product.code_key.startswith(key[:3]) and not any(word in named for word in words):
            continue
        score, why = _likeness(product, key=key, title=title)
        if score >= CLOSE_ENOUGH:
            found.append((score, Candidate(product.code, product.title, product.available, why)))
    return [candidate for _, candidate in sorted(found, key=lambda pair: -pair[0])[:SUGGESTIONS]]


def _words(title: str) -> list[str]:
    return [word for word in title.split() if len(word) > 3][:3]


def _likeness(product: Product, *, key: str, title: str) -> tuple[float, str]:
    if product.code_key == key:
        return 2.0, "same code, other case"
    by_code = SequenceMatcher(None, product.code_key, key).ratio()
    by_title = SequenceMatcher(None, product.title.casefold(), title.casefold()).ratio() if title else 0.0
    if by_title > by_code:
        return by_title, f"similar title ({by_title:.0%})"
    return by_code, f"similar code ({by_code:.0%})"
