"""Web addresses, and the domain that tells two companies to be one."""

import re
from functools import lru_cache

import tldextract

from migrations_app.rules.transforms.registry import Convert, Options, transform
from migrations_app.rules.transforms.text import plain_text

# The snapshot of the public suffix list that comes with the library: nothing is fetched, nothing is kept on disk.
_suffixes = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)

_HOST = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?(?://)?(?:[^/@\s]*@)?(?P<host>[^/:?#\s\\]+)", re.IGNORECASE)
_HOST_SHAPE = re.compile(r"(?:[^\W_](?:[\w-]*[^\W_])?\.)+[^\W\d_][\w-]*[^\W_]")
_NOTHING = {
    "n/a",
    "na",
    "n.a.",
    "none",
    "-",
    "--",
    "---",
    "null",
    "nil",
    "no",
    "keine",
    "kein",
    "ninguno",
    "aucun",
    "nessuno",
    "?",
    "http://",
    "https://",
    "www.",
    "http://www.",
    "tbd",
    "x",
}

# Providers under any ending (yahoo.com, yahoo.co.uk, gmx.de): their first label is enough.
FREE_MAIL_PROVIDERS = frozenset(
    (
        "gmail googlemail yahoo ymail hotmail outlook icloud gmx aol seznam protonmail yandex rocketmail zoho fastmail "
        "tutanota mailinator freenet bluewin libero virgilio laposte wanadoo orange btinternet comcast verizon sbcglobal "
        "bellsouth telenet skynet"
    ).split()
)
# Hosts that many companies share: mail, social pages, site builders, directories.
SHARED_DOMAINS = frozenset(
    (
        "live.com msn.com me.com mac.com web.de t-online.de mail.com mail.ru pm.me proton.me email.cz centrum.cz volny.cz "
        "wp.pl o2.pl onet.pl interia.pl free.fr sfr.fr hey.com att.net cox.net qq.com 163.com 126.com facebook.com fb.com "
        "linkedin.com instagram.com twitter.com x.com youtube.com tiktok.com pinterest.com xing.com linktr.ee t.me wa.me "
        "wixsite.com wix.com wordpress.com blogspot.com weebly.com squarespace.com webnode.com jimdo.com jimdosite.com "
        "jimdofree.com godaddysites.com business.site sites.google.com google.com goo.gl github.io myshopify.com etsy.com "
        "ebay.com amazon.com yelp.com yellowpages.com gelbeseiten.de pagesjaunes.fr tripadvisor.com booking.com bit.ly"
    ).split()
)


@lru_cache(maxsize=50_000)
def host_of(text: str) -> str:
    """The host of a web address, however it is written: lower case, without scheme, www., port and path. Empty for none."""
    text = text.strip().casefold()
    if text in _NOTHING:
        return ""
    match = _HOST.match(text)
    host = match["host"].strip(".") if match else ""
    host = host.removeprefix("www.") if host.count(".") > 1 else host
    return host if _HOST_SHAPE.fullmatch(host) else ""


@lru_cache(maxsize=50_000)
def registered_domain(host: str) -> str:
    """The part of a host that somebody registered: `acme.co.uk` of `shop.acme.co.uk`."""
    parts = _suffixes(host)
    return f"{parts.domain}.{parts.suffix}" if parts.suffix and parts.domain else ".".join(host.split(".")[-2:])


@lru_cache(maxsize=50_000)
def is_shared_host(host: str, shared: frozenset[str] = SHARED_DOMAINS) -> bool:
    """True where many companies live under one domain, so that it names none of them."""
    domain = registered_domain(host)
    return host in shared or domain in shared or domain.partition(".")[0] in FREE_MAIL_PROVIDERS


def domain_key(website: str, shared: frozenset[str] = SHARED_DOMAINS) -> str:
    """The host that stands for one company, or empty: no address, free mail, social pages, site builders, directories."""
    host = host_of(website)
    return "" if not host or is_shared_host(host, shared) else host


@transform("url", "Web address", "Kept as it is; words such as “n/a” or “none” count as empty.")
def url(options: Options) -> Convert:
    limited = plain_text(options)
    return lambda text, region: (None, "") if text.casefold() in _NOTHING else limited(text, region)


@transform("domain", "Domain", "The bare host of a web address; free mail and shared hosts give none.")
def domain(options: Options) -> Convert:
    return lambda text, region: (domain_key(text) or None, "")
