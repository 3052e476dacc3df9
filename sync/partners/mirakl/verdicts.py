"""What a 2xx answer to a write really says: several calls report their errors inside it (John Lewis contract 1.4)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from sync.failures import Refused
from sync.partners.answers import Reply
from sync.partners.mirakl.fields import NullIsEmpty, Text, Wire, read
from sync.partners.mirakl.refusals import refusal_inside
from sync.shapes import Answer, Prepared


@dataclass(frozen=True, slots=True)
class Verdict:
    """``sent`` = the keys of the things that the write was about; ``done`` = those that were applied, with the
    partner's own id of the effect or nothing; ``refused`` = the partner's words about the others.
    """

    sent: Sequence[str]
    done: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)


Judge = Callable[[Prepared, Reply], Verdict]


def concluded(prepared: Prepared, reply: Reply, verdict: Verdict, redact: Callable[[str], str]) -> Answer:
    """The answer of a write.

    Raises:
        Refused: the only thing that was sent was refused.
        Unclear: the answer does not say what became of one of them, or says both.
    """
    sent = verdict.sent
    refused = {key: redact(words) for key, words in verdict.refused.items() if key in sent}
    if len(sent) == 1 and "" in verdict.refused:
        refused.setdefault(sent[0], redact(verdict.refused[""]))
    if any((key in refused) == (key in verdict.done) for key in sent):
        raise reply.unclear(f"The answer does not say what became of it (HTTP {reply.status}).")
    if len(sent) == 1 and refused:
        failure = refusal_inside(prepared.operation, refused[sent[0]], reply, prepared.body)
        raise Refused(failure, exchange=reply.exchange)
    references = dict.fromkeys(verdict.done[key] for key in sent if verdict.done.get(key))
    return Answer(exchange=reply.exchange, reference=",".join(references), refused=refused)


def keys_sent(prepared: Prepared, listed: str, key: str) -> list[str]:
    """The keys of the things that a JSON body lists, each once."""
    entries = json.loads(prepared.body or b"")[listed]
    return list(dict.fromkeys(entry[key] for entry in entries))


class _Named(Wire):
    """One entry of an answer: the thing it is about, and what is wrong with it."""

    id: Text = ""
    message: Text = ""


class _Sorted(Wire):
    shipment_success: Annotated[list[_Named], NullIsEmpty] = []
    shipment_errors: Annotated[list[_Named], NullIsEmpty] = []
    deletion_success: Annotated[list[_Named], NullIsEmpty] = []
    deletion_errors: Annotated[list[_Named], NullIsEmpty] = []
    return_success: Annotated[list[_Named], NullIsEmpty] = []
    return_errors: Annotated[list[_Named], NullIsEmpty] = []

    def successes(self) -> list[_Named]:
        return [*self.shipment_success, *self.deletion_success, *self.return_success]

    def errors(self) -> list[_Named]:
        return [*self.shipment_errors, *self.deletion_errors, *self.return_errors]


def by_id(listed: str) -> Judge:
    """Judges an answer that sorts its entries into successes and errors by ``id``; ``listed`` = their place in the
    request.

    ST06 has two spellings: ``shipment_*`` in the vendor's schema, ``deletion_*`` in the vendor's example.
    """

    def judge(prepared: Prepared, reply: Reply) -> Verdict:
        answer = read(_Sorted, reply)
        return Verdict(
            sent=keys_sent(prepared, listed, "id"),
            done={each.id: "" for each in answer.successes()},
            refused={each.id: each.message for each in answer.errors()},
        )

    return judge
