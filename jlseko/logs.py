"""Structured logs: ids, states and durations; never a body, a key or a person."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

HIDDEN = "[hidden]"
_SECRET_NAMES = frozenset({
    "api_key", "apikey", "key", "token", "secret", "password", "authorization",
    "cookie", "set-cookie", "push_secret", "body", "payload", "content",
})  # fmt: skip
_SECRET_TEXTS = (
    re.compile(r"(?i)\b((?:api_?key|token|secret|password|access_token)=)[^\s&#\"']+"),
    re.compile(r"(?i)(authorization[\"']?\s*[:=]\s*[\"']?)(?:(?:bearer|basic)\s+)?[^\s,\"'}]+"),
    re.compile(r"(?i)(/push/[^/\s]+/)[^/\s\"'?]+"),
)


def redact(text: str) -> str:
    """Hides keys, tokens, authorisation headers and the secret part of push addresses."""
    for pattern in _SECRET_TEXTS:
        text = pattern.sub(rf"\g<1>{HIDDEN}", text)
    return text


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, dict):
        return {key: HIDDEN if str(key).lower() in _SECRET_NAMES else _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    return value


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The structlog processor that every line passes, also those of the libraries."""
    for name, value in list(event.items()):
        if name.startswith("_"):
            continue
        event[name] = HIDDEN if name.lower() in _SECRET_NAMES else _clean(value)
    return event


def logging_config(*, level: str, as_json: bool) -> dict[str, Any]:
    """The LOGGING setting: one stream to standard error, JSON lines or readable lines."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    processors = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, hide_secrets, renderer]
    formatter = {"()": structlog.stdlib.ProcessorFormatter, "foreign_pre_chain": shared, "processors": processors}
    quiet = {name: {"level": "WARNING"} for name in ("httpx", "httpcore", "asyncio", "rq", "rq.worker")}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structured": formatter},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": quiet | {"django": {"handlers": [], "level": level, "propagate": True}},
    }


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A structured logger: `logger(__name__).info("order.injected", order_id=...)`."""
    found: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return found
