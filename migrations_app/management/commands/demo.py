"""`manage.py demo`: see migrations_app.demo."""

import signal
import socket
import sys
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError, call_command
from django.core.management.base import BaseCommand, CommandParser

from connectors.sandbox import launch
from migrations_app.demo import table
from migrations_app.demo.journey import CUSTOMER, Journey, VerbFailed
from migrations_app.demo.memory import AlreadyRunning, Memory, alone, recall
from migrations_app.demo.people import PEOPLE, create_people
from migrations_app.demo.processes import Processes, ProcessFailed, processes

WORKERS = 2
LEAVING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Command(BaseCommand):
    help = "Runs a whole move on sample data, with an embedded Pipedrive, workers and web server, then serves until Ctrl-C."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="exit at the end: 0 if everything balanced, 1 if not")
        parser.add_argument("--contacts", type=int, default=200, help="size of the sample (default 200 contacts)")
        parser.add_argument("--port", type=int, help="port of the web server (default 8000, or a free one)")

    def handle(self, *args: Any, **options: Any) -> None:
        for number in LEAVING:
            signal.signal(number, _leave)
        folder = Path(settings.CROSSDOCK_DATA) / "demo"
        try:
            with alone(folder):
                finished = self._run(recall(folder), options)
        except KeyboardInterrupt:
            self._say("\nStopped.")
            finished = not options["once"]
        except (AlreadyRunning, ProcessFailed, VerbFailed, launch.ControlError) as error:
            raise CommandError(str(error)) from error
        if not finished:
            sys.exit(1)

    def _run(self, memory: Memory, options: dict[str, Any]) -> bool:
        """Whether everything balanced. Whatever happens, no process is left behind."""
        with self._listener(memory, options["port"]) as listener, memory.start_sandbox() as sandbox:
            memory.save()
            hosts = f"127.0.0.1:{memory.sandbox_port}"
            settings.PIPEDRIVE_EXTRA_HOSTS = [*settings.PIPEDRIVE_EXTRA_HOSTS, hosts]  # of this process; the others get it by environment
            with processes(memory.folder, {"PIPEDRIVE_EXTRA_HOSTS": ",".join(settings.PIPEDRIVE_EXTRA_HOSTS)}) as others:
                return self._work(memory, listener, sandbox.control(), others, options)

    def _listener(self, memory: Memory, port: int | None) -> socket.socket:
        try:
            return memory.listen(port)
        except OSError as error:
            raise CommandError(f"Port {port} of 127.0.0.1 cannot be used: {error.strerror}.") from error

    def _work(self, memory: Memory, listener: socket.socket, sandbox: launch.Control, others: Processes, options: dict[str, Any]) -> bool:
        call_command("migrate", verbosity=0)
        create_people(memory.password)
        self._start(others, listener)
        balanced = self._show_the_journey(Journey(memory, sandbox, options["contacts"], self._say, self._murmur), memory)
        others.wait_for_web(memory.web)
        self._greet(memory)
        while not options["once"]:
            others.check()
            time.sleep(0.5)
        return balanced

    def _start(self, others: Processes, listener: socket.socket) -> None:
        str(settings.REDIS_URL)  # starts the embedded Valkey, which the others then share
        for number in range(1, WORKERS + 1):
            others.start(f"worker-{number}", "manage.py", "rqworker", "tick", "load", "default")
        others.start("clock", "manage.py", "rqcron", "config.cron")
        bind = f"fd://{listener.fileno()}"
        web = ("-m", "gunicorn", "config.wsgi", "--bind", bind, "--threads", "8", "--no-control-socket")
        others.start("web", *web, descriptors=[listener.fileno()])
        listener.close()

    def _show_the_journey(self, journey: Journey, memory: Memory) -> bool:
        if memory.load:
            self._say(f"{CUSTOMER} has been moved already; the data is kept in {memory.folder.parent}.")
            journey.reconnect()
            balanced = True
        else:
            self._say(f"Moving {CUSTOMER} out of Results and into the embedded Pipedrive:")
            balanced = journey.walk()
        self._say("\n" + "\n".join(table.lines(memory.load)) if memory.load else "\nThe move did not balance; the project page says where.")
        journey.walk_to_decisions()
        return balanced

    def _greet(self, memory: Memory) -> None:
        self._say(f"\n  back office         {memory.web}/admin/")
        for role, domain in memory.domains.items():
            self._say(f"  {role:<19} {memory.sandbox}/board/{domain}/")
        self._say(f"\n  log in as, with the password {memory.password}")
        for username, (_, _, what) in PEOPLE.items():
            self._say(f"    {username:<8} {what}")

    def _say(self, line: str) -> None:
        self.stdout.write(f"{self._clear()}{line}")
        self.stdout.flush()

    def _murmur(self, line: str) -> None:
        if self.stdout.isatty():
            self.stdout.write(f"{self._clear()}  {line[:100]} ...", ending="")
            self.stdout.flush()

    def _clear(self) -> str:
        return "\r\x1b[K" if self.stdout.isatty() else ""


def _leave(number: int, frame: object) -> None:
    """Once is enough: while the processes are being stopped, nothing may come between."""
    for each in LEAVING:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt
