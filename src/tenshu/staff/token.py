"""Secrets that are given away once: what is kept of them is a digest.

A token has 256 bits of chance, so a plain SHA-256 of it can be kept: nobody can guess what was hashed. A password has
far less and needs `password`.
"""

import hashlib
import hmac
import secrets
from typing import Final

_BYTES: Final = 32


def new_token() -> str:
    """Return a token that nobody can guess, fit to stand in an address."""
    return secrets.token_urlsafe(_BYTES)


def digest_of(token: str) -> bytes:
    """Return what is kept of a token.

    >>> len(digest_of("a")), digest_of("a") == digest_of("b")
    (32, False)
    """
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def form_token(token: str) -> str:
    """Return what the forms of a sign-in send back: bound to its token, and no way back to it.

    >>> form_token("a") == form_token("a"), form_token("a") == form_token("b")
    (True, False)
    """
    return hmac.new(token.encode("utf-8", "surrogatepass"), b"forms of this sign-in", hashlib.sha256).hexdigest()
