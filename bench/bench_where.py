"""Where the time of a booking goes: a hold and a confirm through Django's WSGI handler, one thread, nobody else.

The wrapping itself costs about a microsecond a call. `cpu` is processor time of the web process; what the wall shows
beyond it was waited for, for PostgreSQL and Valkey.
"""

from collections.abc import Iterator
from io import BytesIO
from urllib.parse import urlencode

from bench import data
from bench.layers import Layers, watched

BOOKINGS = 200


def run() -> Iterator[dict]:
    """Processor milliseconds a booking in each layer."""
    from config.wsgi import application

    practices, patients = data.practices(10, capacity=1000), data.proved(2 * BOOKINGS)
    for number in range(BOOKINGS):  # what is done once a process is not what we are after
        _book(application, practices[number % 10], patients[number], Layers())
    with watched() as layers:
        for number in range(BOOKINGS, 2 * BOOKINGS):
            _book(application, practices[number % 10], patients[number], layers)
    cpu, wall = sum(layers.cpu.values()), sum(layers.wall.values())
    yield {"name": "processor time of a booking", "value": round(cpu / BOOKINGS * 1000, 2), "unit": "ms",
           "wall_ms": round(wall / BOOKINGS * 1000, 2), "statements": layers.calls["SQL"] / BOOKINGS,
           "commits": layers.calls["commit"] / BOOKINGS}  # fmt: skip
    for layer in sorted(layers.cpu, key=layers.cpu.get, reverse=True):
        yield {"name": f"share of {layer} in a booking", "value": round(layers.cpu[layer] / cpu, 3), "unit": "of cpu",
               "cpu_ms": round(layers.cpu[layer] / BOOKINGS * 1000, 3),
               "wall_ms": round(layers.wall[layer] / BOOKINGS * 1000, 3),
               "calls": layers.calls[layer] / BOOKINGS}  # fmt: skip


def _book(application: object, practice: data.Practice, who: data.Proved, layers: Layers) -> None:
    held = _post(application, f"{practice.path}hold/", {"slot": practice.slot(who.number)}, who, layers)
    booked = _post(application, f"{held}confirm/", {"who": who.patient}, who, layers)
    if not booked.startswith("/t/"):
        raise RuntimeError(f"A confirm led to {booked}")


def _post(application: object, path: str, fields: dict[str, object], who: data.Proved, layers: Layers) -> str:
    """Where a form leads to."""
    body, token = urlencode(fields).encode(), "0" * 32
    environ = {
        "REQUEST_METHOD": "POST", "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)), "HTTP_X_CSRFTOKEN": token, "wsgi.url_scheme": "http",
        "HTTP_COOKIE": f"csrftoken={token}; sessionid={data.session_key(who.number)}", "wsgi.input": BytesIO(body),
    }  # fmt: skip
    answered: dict[str, str] = {}
    with layers.inside("handler and middleware"):
        answer = application(environ, lambda status, headers: answered.update(headers))
        list(answer)
        answer.close()
    return answered.get("Location", "")
