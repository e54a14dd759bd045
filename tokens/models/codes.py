"""The unguessable part of an address."""

import secrets
from functools import partial

# 72 random bits in 12 characters.
new_code = partial(secrets.token_urlsafe, 9)
