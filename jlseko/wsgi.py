"""The web application for WSGI servers (granian, gunicorn)."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from jlseko import embedded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "jlseko.settings")
embedded.ensure()
application = get_wsgi_application()
