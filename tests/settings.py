"""Settings of the tests: the product's own, on the tests' own embedded servers."""

import os
import re

from jlseko import embedded
from jlseko.env import PROJECT

# What the shell of a developer holds must not colour a test
for name in list(os.environ):
    if name.startswith("JLSEKO_") and name != embedded.MARK:
        del os.environ[name]
embedded.ensure(PROJECT / ".data" / "test", durable=False)

from jlseko.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOW_LOOPBACK_PARTNERS = True
ALLOWED_REMOTE_HOSTS = ["127.0.0.1", "localhost"]

# Parallel test processes: Django gives each a database of its own, and this each a place in Valkey
_worker = re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or "14"
REDIS_URL = re.sub(r"([?&]db=)\d+|/\d+$", lambda found: f"{found[1] or '/'}{int(_worker) + 1}", os.environ["REDIS_URL"])
RQ_QUEUES = {name: {**queue, "URL": REDIS_URL} for name, queue in RQ_QUEUES.items()}  # noqa: F405

# Playwright keeps an event loop in the main thread, where Django's ORM would refuse to work
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
