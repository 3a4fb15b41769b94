"""Links that only this shop can have made: signed tokens for clicks, opens, unsubscribing and bounces.

A token says which message it came with and what it may be used for. It is signed with a key of its own per
purpose, so that the token of an open can never unsubscribe anybody, and the address that a click leads
to is inside the signature, so that nobody can turn the shop's domain into an open redirect. A token
that does not verify opens nothing. Old keys go on verifying after a change of key.

Following a link is recorded elsewhere (`web.site`); no GET ever changes a consent.
"""

import binascii
import hmac
import html as markup
import re
from base64 import b32decode, b32encode, urlsafe_b64decode
from collections.abc import Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

import msgspec

Purpose = Literal["click", "open", "unsubscribe", "bounce"]

#: The number of the invisible link that no person can follow; real links are numbered from 0.
HONEYPOT_LINK: Final = -1
#: Where the way out of a test leads, below the shop's public address: nobody is unsubscribed there.
TEST_UNSUBSCRIBE: Final = "/u/test"
LONGEST_URL: Final = 2_000
_MAC_BYTES: Final = 16
_SHORT_MAC_BYTES: Final = 10
_PURPOSES: Final[tuple[Purpose, ...]] = ("click", "open", "unsubscribe", "bounce")
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_KEY_ID: Final = re.compile(r"[a-z0-9]{1,8}")
_TARGET: Final = re.compile(r"https?://[A-Za-z0-9\[][!-\[\]-~]*", re.IGNORECASE)
_RESERVED: Final = "%/:?#[]@!$&'()*+,;=-._~"
_HREF: Final = re.compile(r"""(<(?:a|area|v:\w+)\b[^<>]*?\shref\s*=\s*)("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_URL_IN_TEXT: Final = re.compile(r"https?://[!#-;=?-Z_a-z~%\[\]]+", re.IGNORECASE)
_HARMLESS: Final = ("mailto:", "tel:", "#")


class LinkPayload(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What a token says.

    Attributes:
        purpose: the only thing that the token may be used for.
        enrolment, visit: the message that it came with.
        link: for a click the number of the link in its message, from 0; -1 is the invisible one.
        url: for a click where it leads.
    """

    purpose: Purpose
    enrolment: int
    visit: int
    link: int = 0
    url: str = ""


class Signer:
    """Makes tokens and opens them again.

    >>> signer = Signer(b"a secret of 32 bytes or more .....", "k1")
    >>> token = signer.sign(LinkPayload(purpose="open", enrolment=7, visit=1))
    >>> signer.open(token, "open").enrolment, signer.open(token, "unsubscribe"), signer.open(token + "A", "open")
    (7, None, None)
    """

    def __init__(self, secret: bytes, key_id: str, *, older: Mapping[str, bytes] | None = None) -> None:
        """Sign with one key; open tokens of the older ones (key id -> secret) as well.

        Raises:
            ValueError: the secret is shorter than 16 bytes or the key id is not 1-8 of a-z and 0-9.
        """
        secrets = {**(older or {}), key_id: secret}
        for name, value in secrets.items():
            if len(value) < _MAC_BYTES or not _KEY_ID.fullmatch(name):
                message = f"key {name!r}: a secret has at least {_MAC_BYTES} bytes, a key id 1-8 characters of a-z, 0-9"
                raise ValueError(message)
        self.key_id = key_id
        self.secret = secret
        self._keys = {
            (name, purpose): hmac.digest(value, f"tenshu link {purpose} {name}".encode(), "sha256")
            for name, value in secrets.items()
            for purpose in _PURPOSES
        }

    def sign(self, payload: LinkPayload) -> str:
        """Return the token: safe in a URL; that of a bounce is short, in small letters and safe in an address.

        Raises:
            ValueError: the address of a click is not http or https, or is too long.
        """
        if payload.purpose == "bounce":
            return self._short(payload)
        if payload.purpose == "click" and not may_lead_to(payload.url):
            message = f"a click may only lead to http or https: {payload.url[:80]!r}"
            raise ValueError(message)
        body = b"%b.%b" % (self.key_id.encode(), _base64(msgspec.json.encode(payload)))
        return (b"%b.%b" % (body, self._mac(self.key_id, payload.purpose, body))).decode()

    def open(self, token: str, purpose: Purpose) -> LinkPayload | None:
        """Return what the token says, or None when it is forged, altered, or made for another purpose."""
        if purpose == "bounce":
            return self._opened_short(token)
        pieces = token.split(".")
        if len(pieces) != 3 or not token.isascii():
            return None
        key_id, said, mac = pieces
        if (key_id, purpose) not in self._keys:
            return None
        if not hmac.compare_digest(self._mac(key_id, purpose, f"{key_id}.{said}".encode()), mac.encode()):
            return None
        payload = msgspec.json.decode(urlsafe_b64decode(said + "=" * (-len(said) % 4)), type=LinkPayload)
        return payload if payload.purpose == purpose else None

    def bounce_address(self, enrolment: int, visit: int, domain: str) -> str:
        """Return the envelope sender that names its message (VERP), so that a bounce can be told apart."""
        return f"b+{self.sign(LinkPayload(purpose='bounce', enrolment=enrolment, visit=visit))}@{domain}"

    def _mac(self, key_id: str, purpose: Purpose, body: bytes) -> bytes:
        return _base64(hmac.digest(self._keys[key_id, purpose], body, "sha256")[:_MAC_BYTES])

    def _short(self, payload: LinkPayload) -> str:
        said = payload.enrolment.to_bytes(6, "big") + payload.visit.to_bytes(3, "big")
        return f"{self.key_id}.{_base32(said)}{_base32(self._short_mac(self.key_id, said))}"

    def _short_mac(self, key_id: str, said: bytes) -> bytes:
        return hmac.digest(self._keys[key_id, "bounce"], said, "sha256")[:_SHORT_MAC_BYTES]

    def _opened_short(self, token: str) -> LinkPayload | None:
        key_id, _, rest = token.lower().partition(".")
        if (key_id, "bounce") not in self._keys or len(rest) != 31 or not rest.isascii():
            return None
        try:
            said = b32decode(rest[:15].upper() + "=")
        except binascii.Error:
            return None
        signed = _base32(said) + _base32(self._short_mac(key_id, said))
        if not hmac.compare_digest(signed, rest):
            return None
        enrolment, visit = int.from_bytes(said[:6], "big"), int.from_bytes(said[6:], "big")
        return LinkPayload(purpose="bounce", enrolment=enrolment, visit=visit)


def may_lead_to(url: str) -> bool:
    r"""Return whether a link may lead there: http or https, a host, no blanks, no backslash.

    >>> may_lead_to("https://shop.example.com/a"), may_lead_to("javascript:alert(1)"), may_lead_to("//evil.example")
    (True, False, False)
    """
    return len(url) <= LONGEST_URL and _TARGET.fullmatch(url) is not None


class TrackedMessage(NamedTuple):
    """The two bodies of a message, their links signed."""

    html: str
    text: str


def linked_urls(html: str, text: str, *, base_url: str) -> list[str]:
    """Return where each link of a message leads, by its number: those of the HTML first, then new ones of the text."""
    links = _Links(base_url)
    for found in _HREF.finditer(html):
        links.number_in_html(_unquoted(found[2]))
    for found in _URL_IN_TEXT.finditer(text):
        links.number_in_text(_trimmed(found[0]))
    return links.urls


def track_links(html: str, text: str, *, signer: Signer, enrolment: int, visit: int, base_url: str) -> TrackedMessage:
    """Return the message with its links signed, a counting pixel and an invisible link at its end.

    Links to `base_url` + /u/ (unsubscribing), /c/ and /o/ stay as they are, as do mailto, tel and anchors; any other
    scheme leads nowhere. A link that stands in the text as well as in the HTML keeps its number.
    """
    links = _Links(base_url)
    tokens: dict[int, str] = {}

    def signed(number: int) -> str:
        if number not in tokens:
            payload = LinkPayload(
                purpose="click", enrolment=enrolment, visit=visit, link=number, url=links.urls[max(number, 0)]
            )
            tokens[number] = f"{base_url}/c/{signer.sign(payload)}"
        return tokens[number]

    def in_html(found: re.Match[str]) -> str:
        number = links.number_in_html(_unquoted(found[2]))
        if number is not None:
            return f'{found[1]}"{signed(number)}"'
        return found[0] if links.may_stay(_unquoted(found[2])) else f'{found[1]}"#"'

    def in_text(found: re.Match[str]) -> str:
        url = _trimmed(found[0])
        number = links.number_in_text(url)
        return found[0] if number is None else signed(number) + found[0][len(url) :]

    tracked_html, tracked_text = _HREF.sub(in_html, html), _URL_IN_TEXT.sub(in_text, text)
    hidden = _pixel(base_url, signer.sign(LinkPayload(purpose="open", enrolment=enrolment, visit=visit)))
    if links.urls:
        hidden = _honeypot(signed(HONEYPOT_LINK)) + hidden
    end = tracked_html.rfind("</body>")
    end = len(tracked_html) if end < 0 else end
    return TrackedMessage(tracked_html[:end] + hidden + tracked_html[end:], tracked_text)


class _Links:
    """The numbers of the links of one message."""

    def __init__(self, base_url: str) -> None:
        self.urls: list[str] = []
        self._first: dict[str, int] = {}
        self._own = (f"{base_url}/u/", f"{base_url}/c/", f"{base_url}/o/")

    def number_in_html(self, url: str) -> int | None:
        if not may_lead_to(url) or url.startswith(self._own):
            return None
        self.urls.append(url)
        number = len(self.urls) - 1
        self._first.setdefault(url, number)
        return number

    def number_in_text(self, url: str) -> int | None:
        return self._first[url] if url in self._first else self.number_in_html(url)

    def may_stay(self, url: str) -> bool:
        is_web = url.lower().startswith(("http://", "https://"))  # too long to be signed, or a host in Japanese
        return url.startswith(self._own) or url.lower().startswith(_HARMLESS) or is_web


def _unquoted(value: str) -> str:
    """Return where an attribute leads, in ASCII where only the path is not."""
    bare = value[1:-1] if value[0] in "\"'" else value
    url = markup.unescape(bare).strip()
    if url.isascii():
        return url
    host_end = url.find("/", len("https://"))
    return url if host_end < 0 or not url[:host_end].isascii() else quote(url, safe=_RESERVED)


def _trimmed(url: str) -> str:
    return url.rstrip(".,:;!?)]'")


def _honeypot(url: str) -> str:
    return f'<a href="{url}" tabindex="-1" aria-hidden="true" style="display:none;max-height:0;overflow:hidden"></a>'


def _pixel(base_url: str, token: str) -> str:
    return f'<img src="{base_url}/o/{token}.gif" width="1" height="1" alt="" style="display:block;border:0">'


def _base64(value: bytes) -> bytes:
    return binascii.b2a_base64(value, newline=False).translate(_URL_SAFE, b"=")


def _base32(value: bytes) -> str:
    return b32encode(value).decode().rstrip("=").lower()
