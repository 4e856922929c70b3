"""The test suite: its own data directory and its own Valkey, whatever the environment names; DATABASE_URL may choose PostgreSQL.

Processes that tests start share the directory through CROSSDOCK_TEST_DATA.
"""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if not os.environ.get("CROSSDOCK_TEST_DATA"):
    os.environ["CROSSDOCK_TEST_DATA"] = tempfile.mkdtemp(prefix="crossdock-test-")
    # Registered first, so done last: after the embedded Valkey has left the directory.
    atexit.register(shutil.rmtree, os.environ["CROSSDOCK_TEST_DATA"], ignore_errors=True)
# Workers that share the suite have a directory, and so a Valkey and a database, of their own within the first one's.
if os.environ.get("PYTEST_XDIST_WORKER", "") not in ("", Path(os.environ["CROSSDOCK_TEST_DATA"]).name):
    os.environ["CROSSDOCK_TEST_DATA"] += "/" + os.environ["PYTEST_XDIST_WORKER"]
    Path(os.environ["CROSSDOCK_TEST_DATA"]).mkdir(exist_ok=True)
os.environ["CROSSDOCK_DATA"] = os.environ["CROSSDOCK_TEST_DATA"]
os.environ.pop("REDIS_URL", None)  # tests empty the server they use

from .dev import *  # noqa: F403
from .dev import CROSSDOCK_DATA, DATABASES

DEBUG = False
WHITENOISE_AUTOREFRESH = True  # files are looked up when asked for; no scan at start
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"

if "sqlite3" in DATABASES["default"]["ENGINE"]:
    # A file, not memory: worker processes and threads see what the test sees, and locks behave as they do in earnest.
    DATABASES["default"]["TEST"] = {"NAME": str(CROSSDOCK_DATA / "test.sqlite3")}
