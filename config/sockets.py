"""The server's socket protocol: uvicorn's, and a frame that was made for many sockets is written to each as it is.

Making a frame costs more than writing it, and a thousand token pages of one queue are sent a hundred different ones.
"""

from typing import Any

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class Protocol(WebSocketsSansIOProtocol):
    """Takes `websocket.send` with a `frame` beside its `text`: the same text as one whole, unmasked frame."""

    async def send(self, message: Any) -> None:
        """Write what is ready while the socket is open and agreed on no compression; all else is uvicorn's."""
        frame = message.get("frame")
        if frame is None or not self.handshake_complete or self.close_sent or self.conn.extensions:
            await super().send(message)
            return
        if not self.writable.is_set():
            await self.writable.wait()
        if self.disconnected:
            raise ClientDisconnected
        self.transport.write(frame)
