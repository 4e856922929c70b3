"""The test settings for commands that tests start: lost answers are given up as quickly as the tests themselves do it."""

from config.settings.test import *  # noqa: F403

PIPEDRIVE_TIMEOUT = (1.0, 2.0)
PIPEDRIVE_PAUSE = 0.6
