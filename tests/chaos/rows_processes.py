"""Rows about processes that die, freeze, come and go: F1 to F5, F8 to F10, F36."""

from __future__ import annotations

import asyncio
import random
import signal

from shared.engines.supervise import Child
from tests.chaos.scene import CAST, Broken, Scene
from tests.support.stages import SESSION_MS

FULL_BATCH = 50
"""As many requests as one batch takes: their events leave in several produce requests."""
READY = '"event": "ready"'


async def _killed_at(scene: Scene, step: str) -> str:
    """Intake dies at a step of a batch under load, and is started again; then triage does."""
    scene.cast.enter("notify")
    others = {"intake": scene.cast.enter("triage"), "triage": None}
    async with scene.asking():
        for service in ("intake", "triage"):
            other = others[service]
            child = scene.cast.enter(service, failpoint=f"{step}:2")
            await scene.says(child, READY)
            code = await scene.ended(child)
            if code != -signal.SIGKILL:
                raise Broken(f"{service} ended with {code} at {step}\n{child.log_tail()}")
            scene.cast.enter(service)
            if service == "intake" and other is not None:
                scene.cast.strike(other)  # it takes its turn
    return f"intake et triage tués à l'étape {step} de leur deuxième lot"


async def f1(scene: Scene) -> str:
    """kill -9 before the insert."""
    return await _killed_at(scene, "3-decided")


async def f2(scene: Scene) -> str:
    """kill -9 in the middle of the insert: the connection carries some bytes of the command, then nothing."""
    for service in ("triage", "notify"):
        scene.cast.enter(service)
    await scene.ask(5)
    child = scene.cast.enter("intake", failpoint="3-decided:1:stop", through=["store"])
    await scene.frozen(child)
    scene.kit.store_proxy.cut_after = 700  # a few hundred bytes into a command of some thousands
    child.thaw()
    async with asyncio.timeout(30):
        await scene.kit.store_proxy.was_cut.wait()
    scene.cast.strike(child)
    scene.kit.store_proxy.heal()
    scene.cast.enter("intake")
    await scene.ask(3)
    return "la commande d'insertion coupée après 700 octets, puis intake tué"


async def f3(scene: Scene) -> str:
    """kill -9 after the insert, before the first event is published."""
    return await _killed_at(scene, "4-inserted")


async def f4(scene: Scene) -> str:
    """kill -9 after the first of several outputs: the first produce request reaches the broker, no other does."""
    for service in ("triage", "notify"):
        scene.cast.enter(service)
    await scene.ask(FULL_BATCH)
    child = scene.cast.enter("intake", failpoint="4-armed:1:stop", through=["kafka"])
    await scene.frozen(child)
    scene.kit.kafka_proxy.cut_behind = 1_000  # a heartbeat or a fetch is smaller, an event is not
    child.thaw()
    async with asyncio.timeout(30):
        await scene.kit.kafka_proxy.was_cut.wait()
    await scene.hear(1.0)
    there = len(scene.customers.records["sav.intake"])
    scene.cast.strike(child)
    scene.kit.kafka_proxy.heal()
    scene.cast.enter("intake")
    return f"{there} événements sur {FULL_BATCH} publiés avant la coupure et le SIGKILL"


async def f5(scene: Scene) -> str:
    """kill -9 after publishing, before the commit."""
    return await _killed_at(scene, "5-published")


async def f8(scene: Scene) -> str:
    """Every service is killed at once, and started again in any order; twice."""
    children = [scene.cast.enter(service) for service in CAST]
    dice = random.Random(scene.cast.environment)
    async with scene.asking():
        await scene.done(await scene.ask(3))
        for _ in range(2):
            for child in children:
                scene.cast.strike(child)
            order = dice.sample(CAST, len(CAST))
            children = [scene.cast.enter(service) for service in order]
            for child in children:
                await scene.says(child, READY, count=1)
            await scene.done(await scene.ask(1))
    return "trois services tués ensemble, deux fois, relancés dans un ordre quelconque"


async def f9(scene: Scene) -> str:
    """One record kills the process each time: after three deaths it lies alone among the dead."""
    for service in ("triage", "notify"):
        scene.cast.enter(service)
    deadly = f"deadly-{scene.cast.environment}"
    await scene.ask(3)
    await scene.customers.send(deadly)
    await scene.ask(3)
    for _ in range(3):
        child = scene.cast.enter("intake", failpoint=f"met@{deadly}")
        if (code := await scene.ended(child)) != -signal.SIGKILL:
            raise Broken(f"intake ended with {code}\n{child.log_tail()}")
    scene.cast.enter("intake", failpoint=f"met@{deadly}")
    await scene.done()
    await scene.customers.until(lambda: scene.customers.dead() != [])
    ((_, _, reason),) = scene.customers.dead()
    return f"mise à part seule : « {reason} »"


async def f10(scene: Scene) -> str:
    """A replica freezes inside a batch for three times its session, and wakes after another took over."""
    for service in ("triage", "notify"):
        scene.cast.enter(service)
    awake = scene.cast.enter("intake", "intake-awake")
    frozen = scene.cast.enter("intake", "intake-frozen", failpoint="4-inserted:2:stop")
    async with scene.asking():
        await scene.frozen(frozen)
        before = list(scene.keys)
        await asyncio.sleep(3 * SESSION_MS / 1000)
        await scene.done(before)
        frozen.thaw()
        await scene.says(frozen, "go_round")
        await scene.done(await scene.ask(5))
    scene.alive()
    return f"gelé {3 * SESSION_MS // 1000} s, {len(before)} demandes reprises par {awake.name}"


STORM_ROUNDS = 8
"""A member that joins or leaves every 3 s: the matrix asks for ten minutes; eight rounds cost 24 s."""


async def f36(scene: Scene) -> str:
    """A rebalance storm: a member joins or leaves every three seconds, killed or asked in turn."""
    for service in CAST:
        scene.cast.enter(service)
    comer: Child | None = None
    async with scene.asking():
        await scene.done(await scene.ask(2))
        before = len(scene.keys)
        for turn in range(STORM_ROUNDS):
            if comer is None:
                comer = scene.cast.enter("intake", "intake-comer")
            elif turn % 4 == 1:
                scene.cast.strike(comer)
                comer = None
            else:
                await asyncio.to_thread(scene.cast.leave, comer)
                comer = None
            await scene.hear(3.0)
        during = sum(scene.customers.done([key]) for key in scene.keys[before:])
        if not during:
            raise Broken("nothing was done while members came and went")
    scene.alive()
    return f"{STORM_ROUNDS} allées et venues ; {during} demandes traitées pendant la tempête"
