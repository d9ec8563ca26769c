"""Rows about Kafka and the store that die, are slow, full, cut off, or lose what they were told: F11, F16 to F23, F25,
F26."""

from __future__ import annotations

import asyncio
import resource
import time

from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.protocol.admin import DeleteGroupsRequest

from shared.engines.supervise import Child
from shared.runtime.topics_admin import configuration
from shared.topics import BY_NAME, PARTITIONS
from tests.chaos.proxy import Proxy
from tests.chaos.scene import CAST, Broken, Scene

SHORT_OUTAGE, LONG_OUTAGE = 5.0, 7 * 60.0
"""Seconds: a restart; and longer than the 5 minutes after which aiokafka leaves its group by itself."""
STOPPED_FOR_A_PERSON = 3
"""Exit code of a service that will not go on without an operator."""
REQUESTS = "sav.requests.email"


async def _all_at_work(scene: Scene, *through: str) -> list[Child]:
    children = [scene.cast.enter(service, through=through) for service in CAST]
    await scene.done(await scene.ask(3))
    return children


async def _outage(scene: Scene, seconds: float) -> str:
    await _all_at_work(scene)
    async with scene.asking():
        await scene.ask(5)
        scene.kit.kafka.kill()
        await asyncio.sleep(seconds)
        await asyncio.to_thread(scene.kit.kafka.start)
        await scene.ask(5)
    scene.alive()
    return f"courtier tué, absent {seconds:.0f} s sous charge"


async def f11(scene: Scene) -> str:
    """The broker is killed under load and comes back after five seconds."""
    return await _outage(scene, SHORT_OUTAGE)


async def f11_long(scene: Scene) -> str:
    """The broker is away for seven minutes."""
    return await _outage(scene, LONG_OUTAGE)


async def f16(scene: Scene) -> str:
    """What a group has not read yet is gone from the broker: it stops and calls a person, and never skips silently."""
    children = await _all_at_work(scene)
    intake = children[0]
    await asyncio.to_thread(scene.cast.leave, intake)
    kept = list(scene.keys)
    await scene.ask(4)
    lost, scene.keys = scene.keys[len(kept) :], kept
    topic = scene.prefix + REQUESTS
    async with scene.operator() as admin:
        ends = await scene.ends(topic)
        await admin.delete_records({at: RecordsToDelete(before_offset=end) for at, end in ends.items()})
    stopped = scene.cast.enter("intake")
    code = await scene.ended(stopped)
    if code != STOPPED_FOR_A_PERSON or "no longer has what the group has not read" not in stopped.log.read_text():
        raise Broken(f"intake went on, or ended with {code}\n{stopped.log_tail()}")
    # And a topic that was deleted and made again: what was committed lies behind its end.
    portal = f"{scene.prefix}sav.requests.portal"
    async with scene.operator() as admin:
        await admin.delete_topics([portal])
        await asyncio.sleep(1)
        settings = configuration(BY_NAME["sav.requests.portal"], 1)
        await admin.create_topics([NewTopic(portal, PARTITIONS, 1, topic_configs=settings)])
    await scene.rewind("intake", await scene.ends(topic))
    scene.cast.enter("intake")
    await scene.ask(3)
    return f"{len(lost)} demandes effacées du courtier : arrêt avec le code {code}, repris après l'opérateur"


async def f17(scene: Scene) -> str:
    """The offsets of groups are lost: nobody guesses; read again from the beginning, nothing happens twice."""
    children = await _all_at_work(scene)
    await scene.calm()
    for child in children:
        await asyncio.to_thread(scene.cast.leave, child)
    sent = len(scene.office.kinds)
    async with scene.operator() as admin:
        await _delete_groups(admin, [f"{scene.prefix}{service}" for service in CAST])
    stopped = scene.cast.enter("intake")
    code = await scene.ended(stopped)
    if code != STOPPED_FOR_A_PERSON or "offset" not in stopped.log.read_text():
        raise Broken(f"intake went on, or ended with {code}\n{stopped.log_tail()}")
    for service in CAST:
        await scene.rewind(service)
        scene.cast.enter(service)
    await scene.done(await scene.ask(3))
    await scene.calm()
    again = len(scene.office.kinds) - sent
    if again != 3:
        raise Broken(f"{again} messages went out after the replay of everything, for 3 new requests")
    return f"offsets perdus : arrêt avec le code {code} ; tout relu depuis le début, aucun second message"


_DELETED, _NO_SUCH_GROUP = 0, 69
"""Kafka's answers to the deletion of a group; while a member is remembered it is another."""


async def _delete_groups(admin: AIOKafkaAdminClient, groups: list[str]) -> None:
    """Delete groups once their members are gone."""
    ends = time.monotonic() + 30
    while True:
        # aiokafka knows the request and has no method for it.
        answer = await admin._send_request(DeleteGroupsRequest(groups))
        groups = [name for name, code in answer.results if code not in (_DELETED, _NO_SUCH_GROUP)]
        if not groups:
            return
        if time.monotonic() > ends:
            raise Broken(f"the groups {groups} could not be deleted")
        await asyncio.sleep(0.5)


async def f18(scene: Scene) -> str:
    """Somebody adds partitions: a stage that starts refuses, for tickets would change their owner."""
    children = await _all_at_work(scene)
    topic = f"{scene.prefix}sav.survey"
    async with scene.operator() as admin:
        await admin.create_partitions({topic: NewPartitions(total_count=PARTITIONS + 2)})
    await asyncio.sleep(1)
    newcomer = scene.cast.enter("triage", "triage-new")
    code = await scene.ended(newcomer)
    if code != STOPPED_FOR_A_PERSON:
        raise Broken(f"triage started on {PARTITIONS + 2} partitions, or ended with {code}\n{newcomer.log_tail()}")
    await scene.ask(2)
    if any(child.exit_code is not None for child in children):
        raise Broken("a stage at work was stopped by it")
    return f"refus de démarrer (code {code}) ; les services en marche continuent"


async def f19(scene: Scene) -> str:
    """The store is killed under load and started again."""
    children = await _all_at_work(scene)
    async with scene.asking():
        scene.kit.store.kill()
        for child in children:
            await scene.says(child, "store: ")
        await asyncio.to_thread(scene.kit.store.start)
        await scene.done(await scene.ask(3))
    scene.alive()
    return "base tuée sous charge, redémarrée sur ses données"


async def f20(scene: Scene) -> str:
    """The store answers after 5 s, then after 30 s: everything waits, nobody is thrown out of its group."""
    await _all_at_work(scene, "store")
    before = await scene.members("intake")
    async with scene.asking(0.5):
        for delay, lasts in ((2.5, 12.0), (15.0, 35.0)):  # each direction: 5 s and 30 s there and back
            scene.kit.store_proxy.delay = delay
            await scene.hear(lasts)
        scene.kit.store_proxy.heal()
        await scene.hear(1.0)
        after = await scene.members("intake")
    scene.alive()
    if before != after:
        raise Broken(f"intake's group had {before}, and after the slow store {after}")
    return "base lente (5 s puis 30 s) : attente, aucun membre exclu"


async def f21(scene: Scene) -> str:
    """The store does what it is told, and its answer is lost: read back, found to be ours, and gone on with."""
    for service in ("triage", "notify"):
        scene.cast.enter(service)
    await scene.ask(5)
    child = scene.cast.enter("intake", failpoint="3-decided:1:stop", through=["store"])
    await scene.frozen(child)
    scene.kit.store_proxy.lose_answers = True
    child.thaw()
    await scene.says(child, "go_round")
    lost = scene.kit.store_proxy.lost
    scene.kit.store_proxy.heal()
    scene.alive()
    if not lost:
        raise Broken("no answer was lost")
    return f"{lost} réponse(s) de la base perdues après l'écriture"


async def f22(scene: Scene) -> str:
    """The store refuses every connection for ten seconds; and a stage lives with 64 open files."""
    for service in ("triage", "notify"):
        scene.cast.enter(service)
    scene.cast.enter("intake", through=["store"], files=64)
    await scene.done(await scene.ask(3))
    proxy = scene.kit.store_proxy
    async with scene.asking():
        proxy.refuse = True
        proxy.reset()
        met = proxy.connections
        await scene.hear(10.0)
        tried = proxy.connections - met
        proxy.heal()
        await scene.done(await scene.ask(3))
    scene.alive()
    return f"connexions refusées 10 s ({tried} essais), 64 fichiers ouverts au plus"


async def f23(scene: Scene) -> str:
    """The store's disk is full: nothing is acknowledged that is not kept, and all goes on once there is room."""
    children = await _all_at_work(scene)
    pid = scene.kit.store.pid
    if pid is None:
        raise Broken("the store does not run")
    # The limit of a file's size stands for the disk: a write beyond it fails as one on a full disk does.
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (4096, before[1]))
    async with scene.asking():
        await scene.hear(8.0)
        told = any("store: " in child.log.read_text() for child in children)
        running = scene.kit.store.pid is not None
        if running:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, before)
        # A store that met a full disk is started again by whoever runs it.
        scene.kit.store.kill()
        await asyncio.to_thread(scene.kit.store.start)
        await scene.done(await scene.ask(3))
    scene.alive()
    if not told:
        raise Broken("nobody noticed that the disk was full")
    return f"disque plein 8 s : erreurs visibles, base {'restée debout' if running else 'tombée'}, redémarrée"


_WAYS = (("dans les deux sens", True, True), ("vers le serveur", True, False), ("vers le service", False, True))
PARTITION_SECONDS = 8.0
"""Each way in turn; the matrix asks for 60 s, which is the long outage's affair: it takes aiokafka 3 s to lose its
session here, so 8 s are past it."""


async def _cut_off(scene: Scene, what: str, proxy: Proxy) -> str:
    await _all_at_work(scene, what)
    async with scene.asking(0.4):
        for _, up, down in _WAYS:
            proxy.hold(up=up, down=down)
            await scene.hear(PARTITION_SECONDS)
            proxy.heal()
            await scene.done(await scene.ask(1))
    scene.alive()
    return f"coupé de {what} {PARTITION_SECONDS:.0f} s " + ", ".join(told for told, _, _ in _WAYS)


async def f25(scene: Scene) -> str:
    """The stages are cut off from Kafka and still reach the store: both ways, and each way alone."""
    return await _cut_off(scene, "kafka", scene.kit.kafka_proxy)


async def f26(scene: Scene) -> str:
    """The stages are cut off from the store and still reach Kafka: nothing is committed that is not written."""
    return await _cut_off(scene, "store", scene.kit.store_proxy)
