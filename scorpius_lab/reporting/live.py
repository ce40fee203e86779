"""Live charts: one shared bundle of the drawing library in the page, and the spec of each figure beside it.

Off by default: the bundle is about 0.9 MB, eight times the rest of a page, and a signed report is read, printed and
mailed more often than it is explored. The static drawing stays for print and for readers without script.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from scorpius_lab.reporting import theme


def cache_folder() -> Path:
    """The user's folder for things that can be made again."""
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        return Path(chosen) / "scorpius_lab"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "scorpius_lab"
    return Path.home() / ".cache" / "scorpius_lab"


def javascript_bundle() -> str:
    """The drawing library for browsers, confined to one function so that nothing but `vegaEmbed` is global.

    Made once for each version of the library (one to seven seconds) and kept in the cache folder.
    """
    import vl_convert

    version = getattr(vl_convert, "__version__", "0")
    path = cache_folder() / f"vega-{version}-{vl_convert.get_vega_version()}.js"
    if path.exists():
        return path.read_text(encoding="utf-8")
    library = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    bundle = f"(function(){{{library}\n}})();".replace("</script", "<\\/script")
    _keep(path, bundle)
    return bundle


def _keep(path: Path, text: str) -> None:
    """Write whole or not at all; a cache that cannot be written is only slow."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except OSError:
        return


def live_scripts() -> list[str]:
    """The bundle and the script that draws each figure in its place."""
    return [javascript_bundle(), theme.asset("live.js")]


def embedded_specs(specs: Iterable[tuple[str, Mapping[str, Any]]]) -> str:
    """The specs, configuration and dark values as JSON that cannot end its own script element."""
    dark = {light: pair[1] for light, name in theme.TOKEN_OF.items() if (pair := theme.tokens()[name])}
    data = {
        "config": theme.vega_config("light"),
        "dark": dark,
        "figures": {name: {"wide": figure["wide"], "narrow": figure["narrow"]} for name, figure in specs},
    }
    text = json.dumps(data, separators=(",", ":")).replace("<", "\\u003c")
    return f'<script type="application/json" id="live-figures">{text}</script>'
