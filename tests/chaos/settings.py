"""What the killed processes run on: the environment names the database and the Valkey; lost answers are given up quickly."""

from config.settings.dev import *  # noqa: F403

DEBUG = False
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
PIPEDRIVE_TIMEOUT = (1.0, 2.0)
PIPEDRIVE_PAUSE = 0.6
