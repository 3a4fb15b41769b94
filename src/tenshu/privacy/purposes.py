"""What customers are written to for (利用目的), in words that they read: title, wording and what they have of it.

The words are versioned: a consent's proof names the purpose and the digest of the words that the customer saw, and the
words of every version stay readable for as long as the home exists.
"""

import hashlib
from datetime import datetime
from typing import Final

import msgspec
import polars as pl
from sqlalchemy import select

from tenshu.kit.errors import TenshuError
from tenshu.kit.i18n import N_
from tenshu.privacy.tables import purpose_words
from tenshu.store.ledger import Ledger, Transaction

MARKETING: Final = "marketing"
SERVICE: Final = "service"
#: The most characters of a text that a customer is to read.
LONGEST: Final = 500
Words = dict[str, str]


class WordingMissing(TenshuError):
    """A purpose cannot be explained in one of the shop's languages."""

    template = N_(
        'The purpose "{name}" has no {part} in {language}. Write one or two plain sentences (at most {longest} '
        "characters), as you would say it at the counter."
    )


class UnknownPurpose(TenshuError):
    """A purpose was named that the shop does not have."""

    template = N_('There is no purpose "{name}". There are: {known}.')


class Purpose(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What customers are written to for; every text in ja and en.

    Attributes:
        name: as consents and scenarios name it.
        title: a few words.
        wording: what the shop does with the address, as the customer reads it.
        benefit: what the customer has of it.
    """

    name: str
    title: Words
    wording: Words
    benefit: Words

    @property
    def digest(self) -> str:
        """A digest of all its words: what the proof of a consent names."""
        plain = msgspec.json.encode([self.name, *(sorted(words.items()) for words in self._texts().values())])
        return hashlib.sha256(plain).hexdigest()[:32]

    def _texts(self) -> dict[str, Words]:
        return {"title": self.title, "wording": self.wording, "benefit": self.benefit}

    def checked(self) -> "Purpose":
        """Return the purpose without blanks around its texts.

        Raises:
            WordingMissing: a text is empty or too long in one of the languages.
        """
        trimmed = {}
        for part, words in self._texts().items():
            trimmed[part] = {language: words.get(language, "").strip() for language in ("ja", "en")}
            for language, text in trimmed[part].items():
                if not text or len(text) > LONGEST:
                    raise WordingMissing(name=self.name, part=part, language=language, longest=LONGEST)
        return Purpose(name=self.name, **trimmed)


#: What a fresh shop has. The words are the shop's to change; the names stay.
DEFAULTS: Final = (
    Purpose(
        name=MARKETING,
        title={"ja": "お店からのご案内", "en": "News from the shop"},
        wording={
            "ja": "ご購入やご来店の記録をもとに、お一人おひとりに合いそうな商品・催し・特典のご案内を"
            "メールでお送りします。",
            "en": "We look at what you bought and when you visited, and e-mail you about products, events and offers "
            "that are likely to suit you.",
        },
        benefit={
            "ja": "お役に立ちそうなお知らせだけを受け取れます。不要になれば、どのメールからでもすぐに止められます。",
            "en": "You hear of what you would like, and little else. Any mail lets you stop them at once.",
        },
    ),
    Purpose(
        name=SERVICE,
        title={"ja": "ご注文・お手続きの連絡", "en": "About your orders"},
        wording={
            "ja": "ご注文の確認や発送、お問い合わせへのお返事など、お客様がお待ちの連絡をメールでお送りします。",
            "en": "We e-mail you what you are waiting for: the confirmation of an order, its dispatch, an answer to "
            "your question.",
        },
        benefit={
            "ja": "ご注文がいまどうなっているかが分かり、安心してお待ちいただけます。",
            "en": "You know how your order is coming along.",
        },
    ),
)


def read_purposes(ledger: Ledger) -> tuple[Purpose, ...]:
    """Return the shop's purposes in their newest words, the defaults where none were ever saved."""
    with ledger.reading() as tx:
        rows = tx.frame(select(purpose_words).order_by(purpose_words.c.version))
    newest = {row["purpose"]: _purpose(row["body"]) for row in rows.to_dicts()}
    return tuple(({one.name: one for one in DEFAULTS} | newest).values())


def purpose_named(ledger: Ledger, name: str) -> Purpose:
    """Return one purpose.

    Raises:
        UnknownPurpose: the shop has none of that name.
    """
    found = {one.name: one for one in read_purposes(ledger)}
    if name not in found:
        raise UnknownPurpose(name=name, known=", ".join(found))
    return found[name]


def write_purpose(tx: Transaction, purpose: Purpose, *, now: datetime) -> int:
    """Save a purpose's words as its next version, unless they are the newest already; return the version.

    Raises:
        WordingMissing: a text is missing in one of the languages.
    """
    said = purpose.checked()
    query = select(purpose_words.c.version, purpose_words.c.digest).where(purpose_words.c.purpose == said.name)
    known = tx.frame(query.order_by(purpose_words.c.version.desc()).limit(1))
    version = int(known["version"][0]) if len(known) else 0
    if len(known) and known["digest"][0] == said.digest:
        return version
    row = {
        "purpose": said.name,
        "version": version + 1,
        "digest": said.digest,
        "body": msgspec.json.encode(said).decode(),
        "saved_at": now,
    }
    tx.insert(purpose_words, pl.DataFrame([row]))
    return version + 1


def words_of(tx: Transaction, digest: str) -> Purpose | None:
    """Return the words that a proof of consent names by their digest, however long ago they were the shop's."""
    body = tx.value(select(purpose_words.c.body).where(purpose_words.c.digest == digest).limit(1))
    by_default = {one.digest: one for one in DEFAULTS}
    return by_default.get(digest) if body is None else _purpose(body)


def _purpose(body: str) -> Purpose:
    return msgspec.json.decode(body, type=Purpose)
