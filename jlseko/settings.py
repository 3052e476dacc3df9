"""Settings, fed by the environment (jlseko/env.py). `JLSEKO_ENV=production` switches the strict ones on."""

from __future__ import annotations

from csp.constants import NONCE, NONE, SELF

from jlseko import failpoints
from jlseko.env import PROJECT, Environment, data_dir
from jlseko.logs import logging_config

env = Environment()
PRODUCTION = env.production
env.require("ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "DATABASE_URL", "REDIS_URL", "ALLOWED_REMOTE_HOSTS")
env.forbid("JLSEKO_TIME_FACTOR", "JLSEKO_EPOCH", "JLSEKO_CLOCK_FILE", "JLSEKO_ALLOW_LOOPBACK_PARTNERS", "JLSEKO_DEBUG")
env.forbid(failpoints.VARIABLE)

BASE_DIR = PROJECT
DATA_DIR = data_dir()
DEBUG = env.flag("JLSEKO_DEBUG") and not PRODUCTION
SECRET_KEY = env.secret_key()
SECRET_KEY_FALLBACKS = env.names("DJANGO_SECRET_KEY_FALLBACKS")
FIELD_KEYS = env.field_keys()  # jlseko/encryption.py
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.names("CSRF_TRUSTED_ORIGINS")

# Partners: `host` or `host:port` each; a loopback host needs the flag as well
ALLOWED_REMOTE_HOSTS = env.names("ALLOWED_REMOTE_HOSTS")
ALLOW_LOOPBACK_PARTNERS = env.flag("JLSEKO_ALLOW_LOOPBACK_PARTNERS") and not PRODUCTION
PUBLIC_URL = env.text("JLSEKO_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")

# Business time (jlseko/clock.py)
CLOCK_EPOCH = env.moment("JLSEKO_EPOCH")
CLOCK_FACTOR = env.number("JLSEKO_TIME_FACTOR", 1.0, least=0.001, most=100_000)
CLOCK_FILE = "" if PRODUCTION else env.text("JLSEKO_CLOCK_FILE")
if not PRODUCTION and not CLOCK_FILE and CLOCK_EPOCH is None and (DATA_DIR / "clock.json").exists():
    CLOCK_FILE = str(DATA_DIR / "clock.json")
if CLOCK_FACTOR != 1 and CLOCK_EPOCH is None and not PRODUCTION:
    env.problem("JLSEKO_EPOCH", "JLSEKO_TIME_FACTOR needs it: a time like 2026-03-01T09:00:00+00:00")

INSTALLED_APPS = [
    "jlseko.apps.HouseConfig",
    "exceptions",
    "sync",
    "carriers",
    "jlseko.ui",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "django_tables2",
    "django_filters",
    "django_include_bootstrap",
    "chartkick.django",
    "lucide",
    "django_rq",
    "pgtrigger",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Every page needs a sign-in unless its view says @login_not_required (the push door, health, sign-in)
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "jlseko.urls"
WSGI_APPLICATION = "jlseko.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "jlseko.navigation.frame",
            ],
        },
    },
]

DATABASES = {"default": env.database() | {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Redis or Valkey is a doorbell only: a job carries the name of a lane and nothing else
REDIS_URL = env.redis_url()
RQ_QUEUES = {
    name: {"URL": REDIS_URL, "SERIALIZER": "rq.serializers.JSONSerializer", "DEFAULT_TIMEOUT": 300}
    for name in ("orders", "dispatches", "feeds")
}
# sync/doorbell.py waits for the commit itself, and survives a silent bell
RQ = {"COMMIT_MODE": "auto", "WORKER_CLASS": "sync.loop.rq_worker.LaneWorker"}

# A lease outlives the longest partner call (25 s); real seconds (sync/lanes.py)
WORKER_THREADS = int(
    env.number("JLSEKO_WORKER_THREADS", 8, least=1, most=32)
)  # partner calls under way at once, per worker
LEASE_SECONDS = env.number("JLSEKO_LEASE_SECONDS", 60, least=5, most=600)

LANGUAGE_CODE = "en-gb"
USE_I18N = True
USE_TZ = True  # the database keeps UTC
TIME_ZONE = "Europe/London"  # and people read London time

AUTHENTICATION_BACKENDS = ["exceptions.sign_in.DeskBackend"]
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign-in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
SESSION_ENGINE = "django.contrib.sessions.backends.db"  # revocable
SESSION_COOKIE_AGE = 12 * 60 * 60  # seconds
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = not PRODUCTION
_STATIC_STORAGE = (
    "whitenoise.storage.CompressedManifestStaticFilesStorage"
    if PRODUCTION
    else "django.contrib.staticfiles.storage.StaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": _STATIC_STORAGE},
}
DJANGO_TABLES2_TEMPLATE = "ui/table.html"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "font-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes

# Files beside a note: how large each may be in bytes, and how many (exceptions/notes/files.py)
NOTE_FILE_BYTES = 5 * 1024 * 1024
NOTE_FILES = 5
FILE_UPLOAD_HANDLERS = [
    "exceptions.notes.uploads.CappedUploads",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

if PRODUCTION:
    SESSION_COOKIE_NAME = "__Host-sessionid"
    CSRF_COOKIE_NAME = "__Host-csrftoken"
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^(livez|readyz)$"]  # asked by the machine next door, without TLS
    SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    # Preloading binds the whole domain, which is its owner's decision
    SILENCED_SYSTEM_CHECKS = ["security.W021"]
    if env.flag("JLSEKO_BEHIND_PROXY"):  # only where the proxy drops this header from its callers
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

LOG_LEVEL = env.text("JLSEKO_LOG_LEVEL", "INFO").upper()
if LOG_LEVEL not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
    env.problem("JLSEKO_LOG_LEVEL", "set it to DEBUG, INFO, WARNING or ERROR")
    LOG_LEVEL = "INFO"
LOGGING = logging_config(level=LOG_LEVEL, as_json=PRODUCTION or env.flag("JLSEKO_JSON_LOGS"))

env.finish()
