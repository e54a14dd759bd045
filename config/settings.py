"""Settings, all from the environment; a missing one in production fails loudly with a hint."""

import sys
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", default=False)
TESTING = "pytest" in sys.modules


def secret(name: str, *, development: str, hint: str) -> str:
    """Read a secret; development has a public stand-in, production must be given its own."""
    value = env.str(name, default="")
    if value:
        return value
    if DEBUG or TESTING:
        return development
    raise ImproperlyConfigured(f"{name} is not set. {hint}")


SECRET_KEY = secret(
    "SECRET_KEY",
    development="development-only-development-only-development-only-0001",
    hint="Give 50 random characters: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
)
# Personal data: the first key encrypts, every key named decrypts. "name:base64 of 32 bytes", comma separated.
FIELD_KEYS = secret(
    "FIELD_KEYS",
    development="dev:ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbjE=",
    hint="Give name:key with 32 random bytes in base64: echo k1:$(openssl rand -base64 32)",
)
# The blind index of phone numbers has a key of its own, so that neither key alone opens the other's secret.
INDEX_KEY = secret(
    "INDEX_KEY",
    development="ZGV2ZWxvcG1lbnQtb25seS1kZXZlbG9wbWVudC1vbjI=",
    hint="Give 32 random bytes in base64: openssl rand -base64 32",
)

PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{env.str('PORT', default='8000')}").rstrip("/")
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"] + (["*"] if DEBUG else [urlsplit(PUBLIC_URL).hostname])
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "config",
    "clinics",
    "doctors",
    "notifications",
    "patients",
    "tokens",
    "scheduling",
    "analytics",
    "channels",
    "django_htmx",
    "django_rq",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "import_export",
    "csp",
    "config.admin_site.OfficeConfig",  # django.contrib.admin, with our own sign-in at its door
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.database_trouble",
    "django.middleware.gzip.GZipMiddleware",
    "config.middleware.OnePolicy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.own_not_found",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
WSGI_APPLICATION = "config.wsgi.application"

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
            ],
            "builtins": ["clinics.templatetags.words"],
        },
    }
]

# Threads that run Django in each web process, each with a database connection of its own. More than two wait for each
# other, for the interpreter and for the row that everybody wants: four booked a tenth fewer patients a second.
WEB_THREADS = env.int("WEB_THREADS", default=2)

# ── PostgreSQL ────────────────────────────────────────────────────────────────────────────────────────────────
DATABASES = {"default": env.db("DATABASE_URL", default="postgresql:///oozham")}
DATABASES["default"] |= {
    "ENGINE": "config.postgresql",
    "CONN_MAX_AGE": 0 if TESTING else 60,  # tests drop their databases: no thread may keep hold of one
    "CONN_HEALTH_CHECKS": True,
    "DISABLE_SERVER_SIDE_CURSORS": True,  # safe behind PgBouncer's transaction pooling
}
# Values travel beside the statement, and what a connection asks again is prepared: PostgreSQL reads and plans it once.
# Behind a PgBouncer older than 1.21: PREPARE_AFTER=0.
DATABASES["default"]["OPTIONS"] = DATABASES["default"].get("OPTIONS", {}) | {
    "server_side_binding": True,
    "prepare_threshold": env.int("PREPARE_AFTER", default=2) or None,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# ── Redis or Valkey: pushes, jobs and load shedding; never the only copy of anything ──────────────────────────
REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}
LAYER_PREFIX = "oozham"
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [{"address": REDIS_URL, "socket_connect_timeout": 2}], "prefix": LAYER_PREFIX},
    }
}
RQ_QUEUES = {
    name: {
        "URL": f"{REDIS_URL}{'&' if '?' in REDIS_URL else '?'}socket_connect_timeout=1&socket_timeout=5",
        "DEFAULT_TIMEOUT": 120,
        "SERIALIZER": "rq.serializers.JSONSerializer",  # pickle would let whoever writes to Redis run code
    }
    for name in ("messages", "default")
}
RQ = {
    "COMMIT_MODE": "auto",  # our own on-commit hook enqueues, so that a dead Redis never fails a saved booking
    "WORKER_CLASS": "config.worker.Worker",
}

# How long a process keeps a city's specialties and languages, with how many doctors each has.
FACTS_SECONDS = 0 if TESTING else 60
# And what the clinics have chosen to send: a press at the desk asks nothing for it.
POLICIES_SECONDS = 0 if TESTING else 60

# ── People ────────────────────────────────────────────────────────────────────────────────────────────────────
AUTH_USER_MODEL = "clinics.User"
AUTHENTICATION_BACKENDS = ["clinics.backend.Backend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "clinics:sign_in"
LOGIN_REDIRECT_URL = "/desk/"
OTP_TOTP_ISSUER = "Oozham"
OTP_LOGIN_URL = "clinics:second_factor"

SESSION_ENGINE = "clinics.sessions"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60  # a phone stays proved for 60 days
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
# In the browser that reads them, signed: a sentence needs no session, and names in it are written into no table.
MESSAGE_STORAGE = "django.contrib.messages.storage.fallback.FallbackStorage"

# Load shedding only: what must be exact (codes, tries) is counted in PostgreSQL.
RATELIMIT_ENABLE = env.bool("RATELIMIT_ENABLE", default=True)

# ── Words and times ───────────────────────────────────────────────────────────────────────────────────────────
LANGUAGE_CODE = "en-in"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Kolkata"

# ── Files ─────────────────────────────────────────────────────────────────────────────────────────────────────
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".local" / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or TESTING
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = DEBUG or TESTING

# Where video calls are held; a clinic's own Jitsi Meet keeps them in its own hands.
JITSI_BASE_URL = env.str("JITSI_BASE_URL", default="https://meet.jit.si/").rstrip("/") + "/"

# ── Safety ────────────────────────────────────────────────────────────────────────────────────────────────────
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF, PUBLIC_URL.replace("http", "ws", 1)],
        "manifest-src": [SELF],
        "form-action": [SELF, JITSI_BASE_URL],  # the button that enters a call leads there
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"  # a token's address is a secret: it never leaves in a Referer
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0)  # how many proxies of our own append to X-Forwarded-For
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]

# ── Messages: without any provider, development shows them in its inbox, and production says so in the back office ──
TWILIO = {  # the platform's account; a clinic may have its own, entered in the back office
    "sid": env.str("TWILIO_ACCOUNT_SID", default=""),
    "token": env.str("TWILIO_AUTH_TOKEN", default=""),
    "sms_from": env.str("TWILIO_SMS_FROM", default=""),  # a number, a header, or a messaging service (MG…)
    "whatsapp_from": env.str("TWILIO_WHATSAPP_FROM", default=""),
}
TWILIO_API_URL = env.str("TWILIO_API_URL", default="https://api.twilio.com").rstrip("/")
SMS_GATEWAY = {  # any gateway that takes an SMS by HTTP, in place of Twilio's
    "url": env.str("SMS_GATEWAY_URL", default=""),
    "params": env.str(  # what stands in braces is filled in
        "SMS_GATEWAY_PARAMS",
        default="to={to}&text={text}&sender={header}&entity={entity}&dlt={template}&ref={id}&callback={receipts}",
    ),
    "key": env.str("SMS_GATEWAY_KEY", default=""),  # sent as a bearer token; signs the address of its receipts
}
SMS_PAISE = env.int("SMS_PAISE", default=25)  # what you pay for one part of an SMS, in paise
WHATSAPP_PAISE = env.int("WHATSAPP_PAISE", default=15)  # and for one WhatsApp message
# Codes an hour to browsers never seen before, all together, and to those that have proved their phone: beyond it they
# pause until the hour is over, and the operators are told. What the limits of each phone and network let through.
CODES_AN_HOUR = env.int("CODES_AN_HOUR", default=1000)
CODES_AN_HOUR_RETURNING = env.int("CODES_AN_HOUR_RETURNING", default=500)
VAPID_PRIVATE_KEY = env.str("VAPID_PRIVATE_KEY", default="")  # web push: python -m notifications.vapid makes one
PUSH_SERVICES = env.list(  # a browser says itself where it is pushed to: nowhere but here
    "PUSH_SERVICES",
    default=["fcm.googleapis.com", "push.services.mozilla.com", "web.push.apple.com", "notify.windows.com"],
)
VAPID_CONTACT = env.str("VAPID_CONTACT", default="")  # mailto: of whoever runs this, for the push services
EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
globals().update(EMAIL_CONFIG)
HAS_EMAIL = bool(env.str("EMAIL_URL", default=""))
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("EMAIL_FROM", default="Oozham <noreply@localhost>")
EMAIL_TIMEOUT = 8
# The messages written so far, with their codes: development only, never where real patients are.
SHOW_INBOX = env.bool("SHOW_INBOX", default=DEBUG)
# Where no provider is set up, messages go to the terminal; never where real patients are.
USE_INBOX = (SHOW_INBOX or TESTING) and not TWILIO["sid"] and not SMS_GATEWAY["url"]

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        name: {"level": "WARNING"} for name in ("rq", "urllib3", "django.channels.server", "weasyprint", "fontTools")
    },
}
