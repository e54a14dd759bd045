"""The web processes: uvicorn, each listening for itself, so that the kernel deals out visitors evenly.

Of one socket that all share, whoever wakes first takes everybody who waits: of 64 visitors who came together 57 were
seen at one process and 7 at the other, and those 57 waited twice as long. HOST, PORT and WEB_CONCURRENCY say the rest.
"""

import os
import socket
import sys
from contextlib import suppress
from typing import Any

from uvicorn import Config, Server
from uvicorn.supervisors import Multiprocess

DEALS_OUT = sys.platform == "linux"  # elsewhere SO_REUSEPORT gives everybody to one of them


class Door(socket.socket):
    """An address to listen at, which each process opens for itself when it is handed over."""

    @classmethod
    def at(cls, family: int, address: Any) -> "Door":
        """Open the address beside others of ours who have it open."""
        door = cls(family)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        door.bind(address)
        return door

    def __reduce__(self) -> tuple[Any, ...]:
        return Door.at, (self.family, self.getsockname())


class Web(Config):
    """uvicorn's configuration, with a door for each process."""

    def bind_socket(self) -> socket.socket:
        """Take the port, or say that somebody else has it; our own processes then share it."""
        taken = super().bind_socket()
        if not DEALS_OUT:
            return taken
        family, address = taken.family, taken.getsockname()
        taken.close()
        return Door.at(family, address)


def main(application: str) -> None:
    """Serve until asked to stop."""
    config = Web(
        application,
        host=os.environ.get("HOST") or "127.0.0.1",
        port=int(os.environ.get("PORT") or 8000),
        workers=int(os.environ.get("WEB_CONCURRENCY") or 2),
        loop="uvloop",
        http="httptools",
        ws="config.sockets:Protocol",
        ws_max_size=65536,  # bytes; nobody has anything to say
        ws_per_message_deflate=False,  # costs more memory and time than it saves on so small frames
        timeout_graceful_shutdown=10,  # seconds: an open socket would hold up the stop for ever
        proxy_headers=False,  # clinics/shedding.py knows whom to believe
        server_header=False,
        access_log=False,
        log_level="warning",
    )
    with suppress(KeyboardInterrupt):
        if config.workers > 1:
            Multiprocess(config, sockets=[config.bind_socket()]).run()
        else:
            Server(config).run()


if __name__ == "__main__":
    main(sys.argv[1])
