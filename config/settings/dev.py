"""Development and the demo: nothing has to be configured."""

from config.local_keys import local_keys

from .base import *  # noqa: F403
from .base import CROSSDOCK_DATA, env

_keys = local_keys(CROSSDOCK_DATA)
SECRET_KEY = env.text("SECRET_KEY", _keys.secret_key)
FIELD_KEYS = env.words("FIELD_KEYS", _keys.field_keys)

DEBUG = True
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS", ("127.0.0.1", "localhost", "[::1]"))
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS", ())
WHITENOISE_USE_FINDERS = True  # no collectstatic before the first page
