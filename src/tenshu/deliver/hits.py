"""Tell a person's click from a machine's.

Company mail gates follow every link of a mail within seconds, Apple fetches pictures that nobody has looked at,
and shops have cheered at 50 % clicks within a minute because of it. Every hit is kept as it came; this module only
says what it was: human, machine or unknown. Clicks and opens that make a scenario branch must be human.

A hit is a machine's when in its burst (hits on one mail, each within two seconds of the one before)
1. somebody asked with HEAD, as browsers do not,
2. the invisible link was followed,
3. the burst began less than two seconds after the mail was handed over,
4. all links of the mail, or three and more, were followed faster than one a second,
or when its own browser names itself as a scanner, or is the bare `Mozilla/5.0` of Apple's Mail Privacy Protection.
A picture fetched by a mail service on somebody's behalf, or by nobody named, is unknown.

Pure, and one pass over the whole frame: the answer of a mail depends on no other mail.
"""

from typing import Final

import polars as pl

from tenshu.collect.vocabulary import EMAIL_CLICKED
from tenshu.deliver.links import HONEYPOT_LINK

BURST_SECONDS: Final = 2
MANY_LINKS: Final = 3
SECONDS_A_LINK: Final = 1.0
SCANNERS: Final = (
    r"(?i)barracuda|proofpoint|mimecast|messagelabs|symantec|trendmicro|fortinet|fireeye|ironport|sophos|zscaler|"
    r"safelinks|microsoftpreview|bingpreview|microsoft office|bot\b|bot/|crawler|spider|scan|headlesschrome|"
    r"phantomjs|python-|aiohttp|curl/|wget/|go-http-client|java/|libwww|okhttp|axios/|node-fetch|apache-httpclient"
)
PROXIES: Final = r"(?i)googleimageproxy|ggpht|yahoomailproxy|outlook-ios|imageproxy"
#: Apple fetches pictures for its readers beforehand, under this name and no more.
APPLE_PRIVACY: Final = "Mozilla/5.0"


def classify(hits: pl.DataFrame) -> pl.Series:
    """Return human, machine or unknown for each hit, in the order of the rows.

    Args:
        hits: enrolment, visit (the mail), event (email_clicked or email_opened), link (its number, -1 the invisible
            one), method, user_agent, occurred_at, sent_at (null when not known), links (how many the mail holds,
            null or 0 when not known).
    """
    by_mail = ["enrolment", "visit"]
    ordered = hits.with_row_index("row").sort([*by_mail, "occurred_at", "row"])
    gap = pl.col("occurred_at").diff().over(by_mail).dt.total_milliseconds()
    bursts = ordered.with_columns(
        is_click=pl.col("event") == EMAIL_CLICKED,
        agent=pl.col("user_agent").fill_null("").str.strip_chars(),
        burst=(gap.fill_null(0) > BURST_SECONDS * 1000).cum_sum().over(by_mail),
    ).with_columns(is_swept=_is_swept().over([*by_mail, "burst"]))
    classed = bursts.select("row", kind=_kind())
    return classed.sort("row")["kind"].rename("class")


def _is_swept() -> pl.Expr:
    """Whether a burst was made by a machine, whoever it says it is."""
    clicked = pl.col("link").filter(pl.col("is_click") & (pl.col("link") >= 0))
    clicked_at = pl.col("occurred_at").filter(pl.col("is_click"))
    seconds = (clicked_at.max() - clicked_at.min()).dt.total_milliseconds() / 1000
    known = pl.col("links").filter(pl.col("links") > 0).max().fill_null(MANY_LINKS)
    enough = pl.min_horizontal(pl.lit(MANY_LINKS), known.clip(lower_bound=2))
    is_sweep = (clicked.n_unique() >= enough) & (seconds < SECONDS_A_LINK * clicked.n_unique())
    used_head = (pl.col("method").fill_null("GET").str.to_uppercase() == "HEAD").any()
    met_honeypot = (pl.col("is_click") & (pl.col("link") == HONEYPOT_LINK)).any()
    after = (pl.col("occurred_at").min() - pl.col("sent_at").min()).dt.total_milliseconds() / 1000
    return (used_head | met_honeypot | is_sweep | (after < BURST_SECONDS)).fill_null(value=False)


def _kind() -> pl.Expr:
    agent = pl.col("agent")
    is_machine = pl.col("is_swept") | agent.str.contains(SCANNERS) | (agent == APPLE_PRIVACY)
    is_unknown = (agent == "") | agent.str.contains(PROXIES)
    return (
        pl.when(is_machine).then(pl.lit("machine")).when(is_unknown).then(pl.lit("unknown")).otherwise(pl.lit("human"))
    )
