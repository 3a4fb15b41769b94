"""Choose the language of an answer: asked for in the address, else by the browser, else the shop's."""

from starlette.requests import Request

from tenshu.kit.i18n import LANGUAGES


def wanted_language(request: Request, default: str) -> str:
    """Return ja or en for this request."""
    asked = request.query_params.get("lang")
    if asked in LANGUAGES:
        return asked
    return accepted_language(request.headers.get("accept-language", ""), default)


def accepted_language(header: str, default: str) -> str:
    """Return the first of our languages in an Accept-Language header, by its weights (RFC 9110).

    >>> accepted_language("fr, en;q=0.4, ja;q=0.8", "en")
    'ja'
    >>> accepted_language("fr", "ja")
    'ja'
    """
    weighed = [
        (weight, -place, language)
        for place, part in enumerate(header.split(","))
        for language, weight in [_language_and_weight(part)]
        if language in LANGUAGES and weight > 0
    ]
    return max(weighed)[2] if weighed else default


def _language_and_weight(part: str) -> tuple[str, float]:
    tag, *parameters = (piece.strip() for piece in part.split(";"))
    weight = 1.0
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                weight = float(parameter[2:])
            except ValueError:
                weight = 0.0
    return tag.lower().partition("-")[0], weight
