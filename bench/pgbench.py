"""The limit beside the bookings: pgbench with the very statements of one hold and one confirm, on the same server."""

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bench.data import Practice, Proved, numbered, proved

EACH = 40  # bookings of each of the 64 clients


def statements(practice: Practice, one: Proved) -> list[str]:
    """What Django sends for a hold and a confirm, transactions included, written for any patient and any doctor."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from scheduling.models import Appointment

    def book(who: Proved) -> str:
        browser = Client(SERVER_NAME="localhost")
        browser.cookies.load(who.cookies)
        held = browser.post(f"{practice.path}hold/", {"slot": practice.slot(1)})
        return browser.post(f"{held['location']}confirm/", {"who": str(who.patient)})["location"]

    book(proved(1)[0])  # what is read once a process is not what we are after
    with CaptureQueriesContext(connection) as captured:
        code = book(one).strip("/").split("/")[1]
    made = Appointment.objects.select_related("token").get(token__code=code)
    message, action = _message(captured.captured_queries), made.token.events.get().action
    said = {f"{one.number}": ":p", code: ":p", f"'doctor-{practice.number}'": "'doctor-:d'",
            f"'bench-{practice.number // 10}'": "'bench-:c'", f"{practice.doctor}": ":doctor",
            f"{practice.queue}": ":queue", f"{practice.slot(1)}": ":slot", f"{made.clinic_id}": ":clinic"}  # fmt: skip
    for kind, key in enumerate((made.hold_id.hex, made.token_id.hex, made.pk.hex, message, action.hex), 3):
        said[key] = numbered(kind, 10**11).hex.replace(str(10**11), ":p")
    said[str(made.pk)] = str(numbered(5, 10**11)).replace(str(10**11), ":p")
    return [_for_all(query["sql"], said) for query in captured.captured_queries]


def _message(queries: Sequence[dict[str, str]]) -> str:
    """The key of the message written."""
    inserts = (query["sql"].partition('INSERT INTO "notifications_message"')[2] for query in queries)
    return re.search(r"VALUES \('([0-9a-f]{32})'", next(filter(None, inserts)))[1]


def _for_all(sql: str, said: dict[str, str]) -> str:
    """One statement with variables where the captured one names its patient, doctor or rows."""
    for literal, variable in said.items():
        sql = sql.replace(literal, variable)
    if 'INSERT INTO "tokens_token" ' in sql:
        sql = re.sub(r":queue, \d+,", ":queue, :last_number + 1,", sql)
    if 'UPDATE "tokens_queue" ' in sql:
        sql = re.sub(r'"(last_number|version)" = \d+', r'"\1" = :\1 + 1', sql)
    is_counter = sql.startswith('SELECT "tokens_queue"') and "FOR NO KEY UPDATE" in sql
    return sql + (" \\gset" if is_counter else ";")


def run(script: Sequence[str], among: Sequence[Practice], *, clients: int = 64) -> float:
    """Bookings a second of so many clients among these doctors; raises when one of them failed."""
    first = proved(clients * EACH)[0].number
    lines = ["\\set i :i + 1", f"\\set p :first + :client_id * {EACH} + :i", "\\set d random(:low, :high)",
             "\\set c :d / 10", "\\set doctor 70000000 + :d", "\\set queue 90000000 + :d", "\\set clinic 60000000 + :c",
             "\\set slot 800000000 + :d * 32 + random(0, 31)", *script]  # fmt: skip
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write("\n".join([*lines, ""]))
        file.flush()
        given = {"i": -1, "first": first, "low": among[0].number, "high": among[-1].number}
        defined = [word for name, value in given.items() for word in ("-D", f"{name}={value}")]
        done = subprocess.run(
            [_program(), "--no-vacuum", f"--client={clients}", "--jobs=2", f"--transactions={EACH}", *defined,
             f"--file={file.name}", *_connection()],
            capture_output=True, text=True, check=False, timeout=120, env=os.environ | {"PGOPTIONS": ""},
        )  # fmt: skip
    everybody = f"number of transactions actually processed: {clients * EACH}/{clients * EACH}"
    if done.returncode or everybody not in done.stdout:
        raise RuntimeError(f"pgbench failed: {done.stdout[-500:]} {done.stderr[-1500:]}")
    return float(re.search(r"^tps = ([\d.]+)", done.stdout, re.MULTILINE)[1])


def _program() -> Path:
    from config.embedded_servers import _programs

    return _programs() / "pgbench"


def _connection() -> list[str]:
    from django.db import connection

    given = connection.get_connection_params()
    names = {"host": "--host", "port": "--port", "user": "--username"}
    return [f"{option}={given[name]}" for name, option in names.items() if given.get(name)] + [given["dbname"]]
