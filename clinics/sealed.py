"""Personal data at rest: AES-256-GCM bound to its row, and a keyed blind index to find a phone without reading it."""

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django import forms
from django.conf import settings
from django.core import checks
from django.db import models

NONCE_BYTES = 12  # NIST SP 800-38D: 96-bit nonces, random


class SealError(ValueError):
    """A sealed value does not open: another row's, another column's, damaged, or its key is gone."""


class NoKeyError(SealError):
    """A sealed value does not open here: this process has not been given its key; another may have it."""


@lru_cache(maxsize=8)
def _keys(text: str) -> dict[str, AESGCM]:
    """Field keys by name, the encrypting one first; raises ValueError when one is not 32 bytes."""
    keys = {}
    for item in text.split(","):
        name, _, encoded = item.strip().partition(":")
        key = base64.b64decode(encoded)
        if len(key) != 32 or not 0 < len(name.encode()) < 256:
            raise ValueError("FIELD_KEYS: each entry is name:base64 of 32 bytes")
        keys[name] = AESGCM(key)
    return keys


def seal(plain: str, *, place: str) -> bytes:
    """Encrypt a text for one place (table, column and row): length of key name, key name, nonce, ciphertext."""
    name, key = next(iter(_keys(settings.FIELD_KEYS).items()))
    nonce = os.urandom(NONCE_BYTES)
    label = name.encode()
    return bytes([len(label)]) + label + nonce + key.encrypt(nonce, plain.encode(), place.encode())


def unseal(sealed: bytes, *, place: str) -> str:
    """Decrypt a text sealed for exactly this place; anything else raises SealError."""
    size = sealed[0] if sealed else 0
    if len(sealed) <= 1 + size + NONCE_BYTES:
        raise SealError(f"The value of {place} is cut off")
    name = sealed[1 : 1 + size].decode(errors="replace")
    key = _keys(settings.FIELD_KEYS).get(name)
    if key is None:
        raise NoKeyError(f"No key named {name!r} in FIELD_KEYS")
    nonce, ciphertext = sealed[1 + size : 1 + size + NONCE_BYTES], sealed[1 + size + NONCE_BYTES :]
    try:
        return key.decrypt(nonce, ciphertext, place.encode()).decode()
    except InvalidTag as error:
        raise SealError(f"The value does not belong to {place}") from error


def blind_index(text: str, *, purpose: str = "phone") -> bytes:
    """A keyed fingerprint of 16 bytes, equal for equal texts, useless without INDEX_KEY."""
    return hmac.digest(base64.b64decode(settings.INDEX_KEY), f"{purpose}:{text}".encode(), hashlib.sha256)[:16]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A value as the database keeps it, not opened yet."""

    data: bytes


class _Opening:
    """Opens a sealed attribute when it is first read, with the row it belongs to."""

    def __init__(self, field: "SealedField") -> None:
        self.field = field

    def __get__(self, instance: models.Model | None, owner: type | None = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            instance.refresh_from_db(fields=[name])
        value = instance.__dict__[name]
        if isinstance(value, Sealed):
            value = instance.__dict__[name] = self.field.opened(instance.pk, value)
        return value

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.field.attname] = value


class SealedField(models.BinaryField):
    """A text kept encrypted, bound to its table, column and row: moved anywhere else it does not open.

    The row's primary key must be known before the row is saved (a UUID made in Python). Values cannot be written
    with `QuerySet.update`, which knows no row, and cannot be searched: keep a blind index beside what must be found.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("editable", True)
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, self.attname, _Opening(self))

    def deconstruct(self) -> tuple[str, str, list[Any], dict[str, Any]]:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs  # migrations import no app code

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if not isinstance(self.model._meta.pk, models.UUIDField):
            found.append(checks.Error(f"{self} needs a UUID primary key, known before the row is saved", obj=self))
        return found

    def place(self, pk: Any) -> str:
        """The one row and column a value may be opened in."""
        return f"{self.model._meta.db_table}.{self.column}:{pk}"

    def opened(self, pk: Any, value: Sealed | None) -> str | None:
        """The text of a value read by itself (`values_list`), of the row with this key."""
        return None if value is None else unseal(value.data, place=self.place(pk))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return None if value is None else Sealed(bytes(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        value = model_instance.__dict__.get(self.attname)
        if value is None or isinstance(value, Sealed):
            return value
        return Sealed(seal(str(value), place=self.place(model_instance.pk)))

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        if value is None:
            return None
        if not isinstance(value, Sealed):
            raise TypeError(f"{self} is sealed with its row: set it on an instance and save that")
        return super().get_db_prep_value(value.data, connection, prepared)

    def to_python(self, value: Any) -> Any:
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return forms.CharField(required=not self.blank, label=kwargs.get("label") or self.verbose_name.capitalize())

    def value_from_object(self, obj: models.Model) -> Any:
        return getattr(obj, self.attname)
