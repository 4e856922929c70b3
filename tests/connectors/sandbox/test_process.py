"""The sandbox as a process: what it keeps, how it ends, who may touch its switchboard."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

from connectors.sandbox import launch

USERS = [{"name": "Ann", "email": "ann@acme.test", "is_admin": True}]


def test_everything_answered_survives_a_kill(tmp_path: Path) -> None:
    running = launch.start(tmp_path / "pipedrive.sqlite3")
    about = running.control().create_account("Acme", users=USERS, limits={"window": False})
    headers = {"x-api-token": about["users"][0]["token"]}
    answered: list[int] = []

    def load() -> None:
        with requests.Session() as session:
            while True:
                try:
                    answer = session.post(f"{running.url}/api/v2/persons", json={"name": "Ann"}, headers=headers, timeout=60)
                except requests.RequestException:
                    return
                answered.append(answer.json()["data"]["id"])

    threads = [threading.Thread(target=load) for _ in range(3)]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 60
    while len(answered) < 20 and time.monotonic() < deadline:
        time.sleep(0.02)
    running.kill()
    for thread in threads:
        thread.join()
    with launch.start(tmp_path / "pipedrive.sqlite3") as again:
        kept = [record["id"] for record in again.control().records(about["company_domain"], "person")]
        assert len(answered) >= 20
        assert set(answered) <= set(kept)
        assert len(set(kept) - set(answered)) <= len(threads)  # committed, and killed before the answer
        assert requests.get(f"{again.url}/v1/users/me", headers=headers, timeout=60).status_code == 200


def test_spending_counters_and_faults_survive_a_restart(tmp_path: Path) -> None:
    with launch.start(tmp_path / "pipedrive.sqlite3") as running:
        about = running.control().create_account("Acme", users=USERS)
        headers, domain = {"x-api-token": about["users"][0]["token"]}, about["company_domain"]
        requests.get(f"{running.url}/api/v2/persons", headers=headers, timeout=60)
        running.control().faults({"kind": "503", "methods": ["POST"]})
        before = running.control().counters(domain)
    with launch.start(tmp_path / "pipedrive.sqlite3") as again:
        assert again.control().counters(domain) == before
        assert requests.post(f"{again.url}/api/v2/persons", headers=headers, json={"name": "A"}, timeout=60).status_code == 503


def test_it_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = "import sys, time; from connectors.sandbox import launch; print(launch.start(sys.argv[1]).pid, flush=True); time.sleep(600)"
    with subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path / "x.sqlite3")], cwd=launch.ROOT, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _alive(pid) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    """Zombies count as dead: where nobody reaps orphans they stay listed."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_start_that_fails_says_where_to_look(tmp_path: Path) -> None:
    (tmp_path / "broken.sqlite3").write_text("this is no database, " * 50)
    with pytest.raises(launch.ControlError, match=r"broken\.log"):
        launch.start(tmp_path / "broken.sqlite3")


def test_the_switchboard_asks_for_its_token(tmp_path: Path) -> None:
    with launch.start(tmp_path / "x.sqlite3", control_token="secret") as running:
        with pytest.raises(launch.ControlError, match="permissions"):
            launch.control(running.url).accounts()
        assert running.control().accounts() == []


def test_people_work_by_hand_at_no_cost(company: Any) -> None:
    person = company.post("/persons", {"name": "Ann"})["id"]
    spent = company.control.counters(company.domain)["tokens"]
    company.control.act(company.domain, "PATCH", f"/api/v2/persons/{person}", {"name": "Anna"})
    by_hand = company.control.act(company.domain, "POST", "/api/v2/persons", {"name": "Ann"}, user_id=company.users[1]["id"])
    company.control.act(company.domain, "PUT", f"/v1/persons/{by_hand['id']}/merge", {"merge_with_id": person})
    assert company.control.counters(company.domain)["tokens"] == spent
    assert [(one["id"], one["name"]) for one in company.get("/persons")] == [(person, "Anna")]
    assert by_hand["owner_id"] == company.users[1]["id"]


def test_counters_tell_requests_tokens_and_records(company: Any) -> None:
    company.post("/persons", {"name": "Ann"})
    company.refusal("POST", "/persons", {})
    company.get("/persons")
    counters = company.control.counters(company.domain)
    assert (counters["requests"], counters["posts"], counters["tokens"], counters["records"]["person"]) == (3, 1, 20, 1)
    assert counters["tokens_by_operation"] == {"GET v2 /persons": 10, "POST v2 /persons": 10}
    company.control.reset_counters(company.domain)
    assert "tokens" not in company.control.counters(company.domain)


def test_settings_change_while_it_runs(company: Any) -> None:
    company.control.settings(company.domain, plan="lite", features={"campaigns": True})
    assert "visible_to" in company.refusal("POST", "/persons", {"name": "Ann", "visible_to": 7})
    for wrong in ({"plan": "gold"}, {"features": {"magic": True}}, {"currencies": ["XXX"]}):
        with pytest.raises(launch.ControlError):
            company.control.settings(company.domain, **wrong)
