"""Put the security headers on every answer, whatever route or error it comes from.

The policy is strict: nothing is loaded from elsewhere, no inline script or style runs, nobody may
frame a page (OWASP ASVS 3.4). An answer that shuts itself in a sandbox, such as the preview of a mail, brings its own
policy. `Cross-Origin-Resource-Policy` is open for the opening pixel and the pictures of mails alone, because a web mail
shows them on a page of its own.
"""

from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

SECURITY_HEADERS: Final = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

#: The prefixes of the answers that other sites' pages may embed: web mail shows the pixel and the pictures of mails.
EMBEDDABLE: Final = ("/o/", "/media/")
#: What the policy of an answer begins with that shuts itself in a sandbox, such as a mail that is looked at.
SANDBOXED: Final = "sandbox;"


def secure(headers: MutableHeaders, path: str) -> None:
    """Add the security headers to one answer; what it set itself for caching stays."""
    own = headers.get("Content-Security-Policy", "")
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value
    if own.startswith(SANDBOXED):  # stricter than ours in what counts: it runs nothing, and is of no origin
        headers["Content-Security-Policy"] = own
        if "frame-ancestors 'self'" in own:
            headers["X-Frame-Options"] = "SAMEORIGIN"
    if path.startswith(EMBEDDABLE):
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    headers.setdefault("Cache-Control", "no-store")


class SecurityHeaders:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and put the headers on the start of its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                secure(MutableHeaders(scope=message), scope["path"])
            await send(message)

        await self.app(scope, receive, send_secured)
