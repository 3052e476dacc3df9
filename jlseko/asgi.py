"""The web application for ASGI servers."""

from __future__ import annotations

import os

from django.core.asgi import get_asgi_application

from jlseko import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jlseko.settings")
embedded.ensure()
application = get_asgi_application()
