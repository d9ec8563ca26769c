"""`sav audit`: the auditor on the real topics and databases, once or for as long as one watches. It only reads."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from audit.report import Report
    from shared.runtime.mongo import Store
    from shared.runtime.settings import Settings

KEPT, BROKEN, NO_REPORT = 0, 1, 2
"""Exit statuses: no promise broken; at least one; no report could be made."""


class ReadOnly:
    """The databases of an environment, for the auditor: whole collections, and nothing but reading."""

    def __init__(self, stores: Mapping[str, Store]) -> None:
        self._stores = stores

    @property
    def services(self) -> Collection[str]:
        """Services whose database is open."""
        return self._stores.keys()

    async def documents(self, service: str, collection: str) -> AsyncIterator[Mapping[str, object]]:
        """Yield every document of a collection. Raises `audit.read.CannotRead`."""
        from audit.read import CannotRead

        try:
            async for document in self._stores[service].collection(collection).find({}):
                yield document
        except Exception as error:  # whatever the driver raises: half a report would be worse than none
            raise CannotRead(f"la base de {service} est illisible : {type(error).__name__}") from error


def audit(
    as_json: Annotated[
        bool, typer.Option("--json", help="Tout le rapport en JSON, chaque violation comprise.")
    ] = False,
    follow: Annotated[bool, typer.Option("--follow", help="Suivre un système en marche, jusqu’à Ctrl-C.")] = False,
    grace: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Secondes qu’une violation doit durer avant d’être dite : ce qui est en chemin n’en est pas une. "
            "120 avec --follow ; sinon 0, ou attendre puis regarder une seconde fois.",
        ),
    ] = None,
    every: Annotated[float, typer.Option(min=1, help="Secondes entre deux lectures, avec --follow.")] = 30.0,
    topics_only: Annotated[bool, typer.Option("--topics-only", help="Ne pas lire les bases.")] = False,
    now: Annotated[
        str, typer.Option(help="L’heure du système, comme 2026-03-02T08:00:00Z ; sans elle, celle de SAV_CLOCK.")
    ] = "",
) -> None:
    """Vérifier, sur les vrais topics et les vraies bases, que la procédure a été tenue. Ne fait que lire.

    Sans --follow : à lancer quand rien n’est en chemin, ou avec --grace. Code de sortie : 0 rien de violé, 1 au moins
    une violation, 2 pas de rapport.
    """
    from audit.model import instant

    at = instant(now) if now else None
    if now and at is None:
        raise typer.BadParameter(f"« {now} » n’est pas un instant avec son décalage, comme 2026-03-02T08:00:00Z")
    run = _Run(as_json, at, topics_only)
    try:
        status = asyncio.run(run.followed(every, grace) if follow else run.once(grace or 0.0))
    except KeyboardInterrupt:
        status = KEPT
    raise typer.Exit(status)


class _Run:
    """One call of the command."""

    def __init__(self, as_json: bool, now: datetime | None, topics_only: bool) -> None:
        from shared.runtime.settings import Settings

        self._settings = Settings()
        self._json, self._now, self._topics_only = as_json, now, topics_only

    async def once(self, grace: float) -> int:
        """Look once, or twice where there is a grace; print the report."""
        from audit.follow import Watch
        from audit.read import CannotRead

        watch = Watch(grace)
        try:
            with _opened(self._settings, self._topics_only) as stores:
                report = await self._look(stores)
                watch.look(report, time.monotonic())
                if grace and not report.clean:
                    await asyncio.sleep(grace)
                    report = await self._look(stores)
        except CannotRead as error:
            typer.echo(f"audit : {error}", err=True)
            return NO_REPORT
        if not report.records:
            typer.echo("audit : les topics sont vides, rien n’a été vérifié", err=True)
            return NO_REPORT
        stands = watch.look(report, time.monotonic()) if grace else report.clean is False
        self._print(report)
        return BROKEN if stands else KEPT

    async def followed(self, every: float, grace: float | None) -> int:
        """Look for ever; print each violation once it has stood for the grace, and a line for each look."""
        from audit.follow import GRACE_SECONDS, Watch
        from audit.read import CannotRead

        watch = Watch(GRACE_SECONDS if grace is None else grace)
        with _opened(self._settings, self._topics_only) as stores:
            while True:
                try:
                    report = await self._look(stores)
                except CannotRead as error:
                    typer.echo(f"audit : {error}", err=True)  # an engine that is away comes back
                else:
                    self._tell(watch, report)
                await asyncio.sleep(every)

    async def _look(self, stores: ReadOnly | None) -> Report:
        from audit.main import audit as look
        from shared.runtime.clock import clock_named

        now = self._now or clock_named(self._settings.clock).now()
        return await look(self._settings.kafka, self._settings.prefix, now, stores)

    def _print(self, report: Report) -> None:
        from audit.french import as_text

        typer.echo(json.dumps(report.as_dict(), ensure_ascii=False, indent=2) if self._json else as_text(report))

    def _tell(self, watch: object, report: Report) -> None:
        from audit.follow import Watch

        assert isinstance(watch, Watch)
        found = watch.look(report, time.monotonic())
        if self._json:
            line = {
                "now": report.now.isoformat(),
                "records": report.records,
                "violations": [{"check": one.check, "ticket": one.ticket, "sentence": one.sentence} for one in found],
                "standing": watch.standing,
                "in_flight": watch.in_flight,
            }
            typer.echo(json.dumps(line, ensure_ascii=False))
            return
        for one in found:
            typer.echo(f"VIOLÉ [{one.check}] {one.ticket} : {one.sentence}")
        typer.echo(
            f"{report.now.isoformat()} : {report.records} enregistrements, {report.counts.tickets} dossiers, "
            f"{watch.standing} violation(s) qui dure(nt), {watch.in_flight} peut-être en chemin"
        )


@contextmanager
def _opened(settings: Settings, topics_only: bool) -> Iterator[ReadOnly | None]:
    """Open the database of every service for a while; of none where the topics alone are asked for."""
    if topics_only:
        yield None
        return
    from shared.runtime.mongo import Store
    from shared.topics import STAGES

    stores = {name: Store(settings.mongo_for(name), settings.database(name)) for name in (*STAGES, "desk")}
    try:
        yield ReadOnly(stores)
    finally:
        for store in stores.values():
            store.close()
