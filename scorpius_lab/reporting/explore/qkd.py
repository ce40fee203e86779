"""Charts and tables of `explore/qkd.ipynb`, over the frames of `scorpius_lab.quantum.qkd.curves`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from scorpius_lab.quantum.qkd import curves, rates
from scorpius_lab.reporting.charts import Level, Line, Scales, lines
from scorpius_lab.reporting.components import Block, records

if TYPE_CHECKING:
    import polars as pl

SOURCE = "Source: simulation by scorpius_lab; no device was measured."
LEAST_RATE = 1e-8
LEAST_PAIR_RATE = 1e-12  # pairs give less, but for longer

_ASYMPTOTIC = {
    curves.WITHOUT_DECOYS: Line(curves.WITHOUT_DECOYS, "series-3"),
    curves.VACUUM_AND_WEAK: Line(curves.VACUUM_AND_WEAK, "series-2"),
    curves.INFINITE_DECOY: Line(curves.INFINITE_DECOY, "ink", dash=(5, 3)),
}
_FINITE_SHADES = ("series-5", "series-4", "series-1")


def rates_against_distance(frame: pl.DataFrame) -> Block:
    """Secret bits per pulse over distance for every protocol of a frame of `curves.rate_curves`."""
    names = frame["protocol"].unique(maintain_order=True).to_list()
    finite = [name for name in names if name not in _ASYMPTOTIC]
    shades = [_FINITE_SHADES[min(i, len(_FINITE_SHADES) - 1)] for i in range(len(finite))]
    looks = [*_ASYMPTOTIC.values(), *(Line(name, color) for name, color in zip(finite, shades, strict=True))]
    return _rates("rate_against_distance", frame, "Secret bits per pulse against distance", looks, LEAST_RATE)


def entangled(frame: pl.DataFrame) -> Block:
    """The same for entangled pairs; a frame of `curves.entangled_curves`."""
    looks = [
        Line(curves.VACUUM_AND_WEAK, "series-2"),
        Line(curves.SOURCE_AT_ALICE, "series-3"),
        Line(curves.SOURCE_BETWEEN, "series-4"),
    ]
    return _rates("entangled_pairs", frame, "Entangled pairs beside decoy states", looks, LEAST_PAIR_RATE)


def _rates(name: str, frame: pl.DataFrame, title: str, looks: list[Line], least: float) -> Block:
    """Rates on a logarithmic scale, with the reach of each curve in words."""
    import polars as pl

    reach = dict(frame.filter(pl.col("rate") > 0).group_by("protocol").agg(pl.col("length_km").max()).iter_rows())
    said = "; ".join(f"{n[0].lower()}{n[1:]} {reach[n]:g} km" for n in (look.name for look in looks) if n in reach)
    return lines(
        name,
        frame,
        title=title,
        finding=f"The last distance with a key, on this grid: {said}." if said else "No distance gives a key.",
        source=SOURCE,
        looks=looks,
        scales=Scales("Length of the fibre, km", "Secret bits per pulse, logarithmic", log=True, floor=least),
        x="length_km",
        y="rate",
        series="protocol",
        when_empty="No distance was given.",
    )


def cut_offs(frame: pl.DataFrame) -> Block:
    """The table of a frame of `curves.cut_offs`."""
    labels = {"protocol": "Protocol", "computed_km": "Computed, km", "published_km": "Published, km"}
    return records(
        "cut_offs",
        frame,
        caption="How far the link of Gobby, Yuan and Shields reaches",
        sub="Published: Ma, Qi, Zhao and Lo, Phys. Rev. A 72, 012326 (2005), figure 2.",
        columns=labels,
        formats={"computed_km": _kilometres, "published_km": _kilometres},
    )


def qber_under_interception(frame: pl.DataFrame) -> Block:
    """QBER over the share of pulses that Eve measures and sends on; a frame of `curves.intercept_resend_curve`."""
    seen, expected, knows = "Simulated QBER, points", "Expected QBER", "Sifted bits that Eve knows"
    bound = rates.QBER_BOUND
    above = frame.filter(frame["qber"] > bound)
    where = (
        f"From {above['share'][0]:.0%} intercepted the QBER is above the bound" if above.height else "It stays below"
    )
    worst = max((abs(x) for x in frame["deviations"].to_list()), default=0.0)
    return lines(
        "qber_under_interception",
        _long(frame, "share", {seen: "qber", expected: "expected", knows: "eve_knows"}),
        title="Error rate under intercept and resend",
        finding=f"{where}; no point is further than {worst:.1f} standard deviations from what is expected.",
        source=SOURCE,
        looks=[
            Line(seen, "series-1", dots=True),
            Line(expected, "series-1"),
            Line(knows, "fail", dash=(5, 3)),
        ],
        scales=Scales("Share of the pulses intercepted", "Percent of the sifted bits", percent=True),
        level=Level(bound, f"{bound:.1%}: no key above"),
        when_empty="Nothing was simulated.",
    )


def splitting(frame: pl.DataFrame) -> Block:
    """What photon-number splitting gives Eve and what Alice and Bob see; a frame of `curves.splitting_curve`."""
    knows, qber = "Sifted bits that Eve knows", "QBER of the signal"
    attacked, honest = "Single photons, as the decoys prove", "The same without Eve"
    end = frame.tail(1)
    finding = (
        f"At {end['length_km'][0]:g} km Eve knows {end['eve_knows'][0]:.0%} of the bits and the QBER is still "
        f"{end['qber'][0]:.1%}; the decoys prove only {end['single_seen'][0]:.0%} single photons, "
        f"without her {end['single_honest'][0]:.0%}."
        if frame.height
        else ""
    )
    return lines(
        "photon_number_splitting",
        _long(frame, "length_km", {knows: "eve_knows", qber: "qber", attacked: "single_seen", honest: "single_honest"}),
        title="Photon-number splitting behind the loss of the fibre",
        finding=finding,
        source=SOURCE,
        looks=[
            Line(knows, "fail", dash=(5, 3)),
            Line(qber, "series-1"),
            Line(attacked, "series-2"),
            Line(honest, "series-2", dash=(2, 2)),
        ],
        scales=Scales("Length of the fibre, km", "Percent of the sifted bits", percent=True),
        when_empty="At none of these distances can the attack hide behind the loss of the fibre.",
    )


def splitting_yields(frame: pl.DataFrame) -> Block:
    """The table of a frame of `curves.splitting_yields`."""
    import polars as pl

    shown = frame.select(
        pl.col("quantity").str.to_titlecase() + " of " + pl.col("of"),
        pl.col("honest").map_elements(_short, return_dtype=pl.String),
        pl.col("attacked").map_elements(_short, return_dtype=pl.String),
        pl.when("visible").then(pl.lit("yes")).otherwise(pl.lit("only in a simulation")).alias("visible"),
    )
    return records(
        "splitting_yields",
        shown,
        caption="Clicks per pulse under photon-number splitting",
        sub="The signal keeps its gain, the decoy cannot: the yields of one and of several photons have changed.",
        columns={
            "quantity": "Quantity",
            "honest": "Without Eve",
            "attacked": "Under attack",
            "visible": "Can Alice and Bob see it?",
        },
    )


def sessions(frame: pl.DataFrame) -> Block:
    """The table of a frame of `curves.sessions`."""
    return records(
        "sessions",
        frame,
        caption="The same session under each attack",
        sub="An attack is found by the error rate, by the gains, or not at all; the key is as short as it has to be.",
        columns={
            "eavesdropper": "Who listens",
            "qber": "QBER",
            "deviation": "Furthest gain, standard deviations",
            "eve_knows": "Eve knows of the raw key",
            "key_bits": "Secret key, bits",
            "outcome": "Outcome",
        },
        formats={"qber": _percent, "eve_knows": _percent, "deviation": _deviations},
    )


def _percent(value: float) -> str:
    return f"{value:.1%}"


def _deviations(value: float) -> str:
    return f"{value:+.1f}"


def _kilometres(value: float) -> str:
    return f"{value:.2f}"


def _short(value: float) -> str:
    return f"{value:.3g}"


def _long(frame: pl.DataFrame, x: str, names: dict[str, str]) -> pl.DataFrame:
    """Columns as curves: x, y, series."""
    import polars as pl

    parts = [frame.select(pl.col(x).alias("x"), pl.col(c).alias("y"), series=pl.lit(n)) for n, c in names.items()]
    return pl.concat(parts)
