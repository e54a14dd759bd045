"""The key by which push services know us: `python -m notifications.vapid` makes one."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from py_vapid import Vapid


def private_key() -> Vapid:
    """The key of the settings; raises ValueError where it is none."""
    return _read(settings.VAPID_PRIVATE_KEY)


def public_key() -> str:
    """What a page gives its browser as `applicationServerKey`; "" where push is not set up."""
    return _public(private_key()) if settings.VAPID_PRIVATE_KEY else ""


def made() -> tuple[str, str]:
    """A new key, and its public half."""
    key = ec.generate_private_key(ec.SECP256R1())
    return _text(key.private_numbers().private_value.to_bytes(32, "big")), _public(Vapid(key))


@lru_cache(maxsize=4)
def _read(text: str) -> Vapid:
    return Vapid.from_string(text)


def _public(key: Vapid) -> str:
    point = serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
    return _text(key.public_key.public_bytes(*point))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


if __name__ == "__main__":
    private, public = made()
    print(f"VAPID_PRIVATE_KEY={private}\n# its public half, which pages give to browsers: {public}")
