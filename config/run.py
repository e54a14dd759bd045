"""`make run`: everything on one machine: servers, tables, demo, then the Procfile's web, worker and cron."""

import ctypes.util
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path

import psutil
from honcho.environ import parse_procfile
from honcho.manager import SIGNALS, Manager

from config.embedded import services

ROOT = Path(__file__).resolve().parent.parent
STARTED = ("web", "sender", "worker", "cron")


def main() -> None:
    """Run until Ctrl-C, SIGTERM or the end of one of the processes; leave nothing behind."""
    os.chdir(ROOT)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    for name, value in {"DEBUG": "1", "HOST": "127.0.0.1", "PORT": "8000", "PYTHONUNBUFFERED": "1"}.items():
        os.environ.setdefault(name, value)
    signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))  # the terminal was closed
    try:
        _check_port(os.environ["HOST"], os.environ["PORT"])
        _check_pdf()
        with services():
            sign_ins = _prepare()
            threading.Thread(target=_welcome, args=(sign_ins,), daemon=True).start()
            sys.exit(_run())
    except KeyboardInterrupt:
        sys.exit(130)


def _check_port(host: str, port: str) -> None:
    """Say so at once if we cannot listen there."""
    if not port.isdecimal() or not 0 < int(port) < 65536:
        sys.exit(f"PORT is {port!r}; give a number from 1 to 65535.")
    try:
        socket.create_server((host, int(port)), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        sys.exit(
            f"Port {port} on {host} cannot be used ({os.strerror(error.errno)}). Choose another: PORT=8001 make run"
        )


def _check_pdf() -> None:
    """PDF needs a system library; all else works without."""
    if not ctypes.util.find_library("pango-1.0"):
        line = "brew install pango" if sys.platform == "darwin" else "apt-get install libpango-1.0-0 libpangoft2-1.0-0"
        print(f"Pango is missing, so PDF files cannot be made; to have them: {line}", file=sys.stderr)


def _prepare() -> list[str]:
    """Bring the tables up to date and fill an empty database with the demo; returns the demo's sign-ins."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connections

    from clinics.models import Clinic
    from config.demo import demo_sign_ins

    print("Bringing the database up to date …", flush=True)
    call_command("migrate", verbosity=0, interactive=False)
    if not Clinic.objects.exists():
        print("Filling it with the Kerala demo …", flush=True)
        call_command("seed_demo")
    call_command("make_slots")
    connections.close_all()  # what we fork must not share a connection
    return demo_sign_ins()


def _welcome(sign_ins: list[str]) -> None:
    """Say where it is, once it is there."""
    host, port = os.environ["HOST"], os.environ["PORT"]
    host = {"127.0.0.1": "localhost", "0.0.0.0": "localhost"}.get(host, host)  # noqa: S104
    for _ in range(600):
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            print("\n".join(["", f"  Oozham is at  http://{host}:{port}/", *(f"  {line}" for line in sign_ins),
                             "  Watch a day go by: make simulate", "  Ctrl-C stops it.", ""]), flush=True)  # fmt: skip
            return


class Together(Manager):
    """Honcho's manager, which also ends what its processes have started."""

    def kill(self) -> None:
        """End whatever is left: RQ's work horses leave their worker's process group, but not its session."""
        super().kill()
        sessions = {process["pid"] for process in self._processes.values() if "pid" in process}
        for process in psutil.process_iter():
            try:
                if os.getsid(process.pid) in sessions:
                    process.kill()
            except (ProcessLookupError, PermissionError, psutil.Error):
                continue


def _run() -> int:
    """Run the Procfile's processes together; returns the exit status, 0 when we were asked to stop."""
    commands = parse_procfile((ROOT / "Procfile").read_text()).processes
    together = Together()
    for name in STARTED:
        together.add_process(name, commands[name], env=os.environ.copy())
    try:
        together.loop()
    finally:
        together.kill()
    asked = {asked_by["rc"] for asked_by in SIGNALS.values()}
    return 0 if together.returncode in asked else 1


if __name__ == "__main__":
    main()
