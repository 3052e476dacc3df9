"""What SEKO has told of a dispatch, and what it becomes by a later message about the same one."""

from collections import Counter
from dataclasses import dataclass

from sync import skus
from sync.models import Dispatch
from sync.shapes import DispatchNews


@dataclass(frozen=True, slots=True)
class Told:
    """What two messages about one dispatch may say differently; ``goods`` = product key and pieces, lots summed."""

    courier: str
    service: str
    number: str
    goods: frozenset[tuple[str, int]]

    def __str__(self) -> str:
        goods = ", ".join(f"{pieces} × {key}" for key, pieces in sorted(self.goods))
        return f"{self.courier} {self.service} {self.number}: {goods}"

    @classmethod
    def by(cls, dispatch: Dispatch) -> "Told":
        """As it is kept now."""
        goods = frozenset(dispatch.lines.values_list("product_key", "dispatched"))
        return cls(dispatch.courier, dispatch.service, dispatch.tracking_number, goods)

    def corrected_by(self, news: DispatchNews) -> "Told":
        """The same with what the news says; what it leaves out stays."""
        sums: Counter[str] = Counter()
        for line in news.lines:
            sums[skus.key_of(line.product_code)] += line.dispatched
        courier, service = (news.courier, news.service) if news.courier else (self.courier, self.service)
        goods = frozenset(sums.items()) if news.lines else self.goods
        return Told(courier, service, news.tracking_number or self.number, goods)
