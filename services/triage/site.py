"""What is known of the site beyond the message: other devices of the zone, other faults of the day, calls of the panel.

The shell hands it in (`app`, `site_book`); `rules` asks it. It must never read the registry or a clock itself: what
it is told is what is recorded, so that the same words and facts give the same verdict. Nothing known changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.triage.decision import Decision, Findings
from services.triage.grid import Fact, Grid
from services.triage.signals import Hit
from services.triage.text import fold, read

ISOLATED_IN_A_DAY = 1  # one other isolated fault of the same day: two are perhaps not isolated (R5, R8)
PANEL_CALLS = 3  # the third call of a panel in a month is said: two happen in any bad week
_OF_ONE_DEVICE = frozenset({"veilleur", "appareil"})  # vocabularies of rules that say one device has failed
_SHORTEST_ZONE = 3  # letters: a zone named 'A' or '2' would be found in any sentence


@dataclass(frozen=True, slots=True)
class Device:
    """Devices of one kind that the registry knows in one zone of the site, in the registry's words."""

    kind: str
    zone: str = ""
    count: int = 1


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """What was known of the ticket's site when it was classified.

    `isolated_today` counts the site's tickets of the 24 hours before this one whose first words told of an isolated
    fault, and is looked for only where this one's do; `panel_calls` counts those that a panel opened by itself in the
    last 30 days, this one included (0: no panel opened it).
    """

    devices: tuple[Device, ...] = ()
    isolated_today: int = 0
    panel_calls: int = 0


NOTHING_KNOWN = SiteFacts()


def facts_found(found: Findings, decision: Decision, zone: str, words: str, site: SiteFacts, grid: Grid) -> Findings:
    """Give the findings with what the site's facts add to a decision (R5, R6); `zone` is the form's answer."""
    said: dict[Fact, str] = {}
    devices = _of_its_zone(found, f"{zone}\n{words}", site.devices, grid)
    if devices:
        kind, place, count = devices
        fact: Fact = "seul_de_sa_zone" if count == 1 else "autres_dans_la_zone"
        said[fact] = f"registre : {count} × {kind}, zone « {place} »"
    if decision.criticality == "standard" and site.isolated_today >= ISOLATED_IN_A_DAY:
        said["autre_panne_du_jour"] = f"autres pannes du site depuis 24 heures : {site.isolated_today}"
    if site.panel_calls >= PANEL_CALLS:
        said["appels_de_la_centrale"] = f"appels de la centrale depuis 30 jours : {site.panel_calls}"
    hits = tuple(Hit(rule, (said[rule.fact],)) for rule in grid.rules if rule.fact in said)
    return Findings(found.subject, found.body, found.protected, hits)


def _of_its_zone(found: Findings, words: str, devices: Iterable[Device], grid: Grid) -> tuple[str, str, int] | None:
    """Give kind, zone and number of the devices like the failed one in the zone that is spoken of; None if unknown."""
    failed = [hit for hit in found.of("critique", "standard") if _OF_ONE_DEVICE & set(hit.rule.objects)]
    quoted = {word.text for hit in failed for one in hit.evidence for word in read(one, grid.abbreviations).words}
    family = next((names for names in grid.families if quoted & names), None)
    if family is None:
        return None
    spoken = f" {' '.join(word.text for word in read(words, grid.abbreviations).words)} "
    alike = [one for one in devices if fold(one.kind) in family]
    for place in sorted({one.zone for one in alike}):
        folded = " ".join(word.text for word in read(place, grid.abbreviations).words)
        if len(folded) >= _SHORTEST_ZONE and f" {folded} " in spoken:
            inside = [one for one in alike if one.zone == place]
            return inside[0].kind, place, sum(one.count for one in inside)
    return None
