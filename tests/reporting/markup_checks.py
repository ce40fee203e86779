"""Reading HTML the way a browser would, to see what a page really holds."""

from __future__ import annotations

from bleach._vendor import html5lib

XHTML = "{http://www.w3.org/1999/xhtml}"
SVG = "{http://www.w3.org/2000/svg}"
FETCHING = ("src", "srcset", "data", "poster", "background", "action", "formaction", "ping", "manifest")


def parsed(markup: str):
    """The tree of a page or fragment."""
    return html5lib.parse(markup)


def elements(markup: str, name: str) -> list:
    """All elements with this name, in HTML or SVG."""
    return [e for e in parsed(markup).iter() if e.tag in (XHTML + name, SVG + name)]


def text_of(markup: str) -> str:
    """All text a reader sees."""
    return " ".join("".join(parsed(markup).itertext()).split())


def handlers(markup: str) -> list[str]:
    """Every inline event handler."""
    return [
        f"{e.tag} {a}"
        for e in parsed(markup).iter()
        if isinstance(e.tag, str)
        for a in e.attrib
        if a.lower().startswith("on")
    ]


def fetched(markup: str) -> list[str]:
    """Every address that a browser would ask for by itself. `data:` is inside the page; a link is only followed by hand."""
    found = []
    for element in parsed(markup).iter():
        if not isinstance(element.tag, str):
            continue
        for attribute, value in element.attrib.items():
            name = attribute.rsplit("}", 1)[-1].lower()
            link = name == "href" and not element.tag.endswith(("}a", "}use"))
            if (name in FETCHING or link) and not value.startswith(("data:", "#")):
                found.append(f"{element.tag} {name}={value}")
            if "url(" in value and "url(#" not in value:
                found.append(f"{element.tag} {name}={value}")
    return found
