"""Checks the data of a grid file and makes the grid, with errors that a person who edits it can act on.

Called by `grid_file` (which reads the file) and by tests. It must never read a file or judge a message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast, get_args

from services.triage.grid import REQUIRED, SILENCED_BY, Context, DoubtId, Fact, Grid, Kind, Rule, StatementId
from services.triage.pattern import GridError, Patterns, Vocabularies, parse_all


def load_grid(data: Mapping[str, object]) -> Grid:
    """Check the data of a grid file and give the grid; raises `GridError` naming the first thing that is wrong."""
    vocabularies: dict[str, Patterns] = {}
    for name, lines in _mapping(data, "vocabulaires").items():
        where = f"vocabulaires.{name}"
        vocabularies[name] = parse_all(_strings(lines, where), vocabularies.keys(), where)
    if missing := [name for name in REQUIRED if name not in vocabularies]:
        raise GridError(f"vocabulaires: il manque {', '.join(missing)}")
    rules = tuple(_rule(item, n, vocabularies) for n, item in enumerate(_list(data, "regles"), 1))
    _check_rules(rules)
    languages = {k: frozenset(_strings(v, f"langues.{k}")) for k, v in _mapping(data, "langues").items()}
    read_languages = frozenset(_strings(data.get("langues_lues"), "langues_lues"))
    if unknown := sorted(read_languages - languages.keys()):
        raise GridError(f"langues_lues: {', '.join(unknown)} ne figure pas dans « langues »")
    limit = data.get("limite_octets")
    if not isinstance(limit, int) or isinstance(limit, bool) or limit <= 0:
        raise GridError(f"limite_octets: un nombre entier positif est attendu, pas {limit!r}")
    doubts, statements = _mapping(data, "doutes"), _mapping(data, "constats")
    return Grid(
        version=_text(data, "version", "grille"),
        max_bytes=limit,
        doubts={doubt: _text(doubts, doubt, "doutes") for doubt in get_args(DoubtId)},
        statements={one: _text(statements, one, "constats") for one in get_args(StatementId)},
        abbreviations={k: _string(v, f"abreviations.{k}") for k, v in _mapping(data, "abreviations").items()},
        vocabularies=vocabularies,
        languages=languages,
        read_languages=read_languages,
        connectors=frozenset(_strings(data.get("mots_de_liaison"), "mots_de_liaison")),
        families=tuple(frozenset(_strings(one, "familles")) for one in _list(data, "familles")),
        small_words=_small_words(data, languages, read_languages),
        rules=rules,
    )


def _small_words(
    data: Mapping[str, object], languages: Mapping[str, frozenset[str]], read_languages: frozenset[str]
) -> frozenset[str]:
    polite = _strings(data.get("mots_de_politesse"), "mots_de_politesse")
    return frozenset(polite).union(*(languages[one] for one in read_languages))


def _rule(item: object, number: int, vocabularies: Vocabularies) -> Rule:
    if not isinstance(item, Mapping):
        raise GridError(f"regles[{number}]: un objet est attendu, pas {item!r}")
    rule_id = _text(item, "id", f"regles[{number}]")
    where = f"regles.{rule_id}"
    kind = _text(item, "classe", where)
    if kind not in get_args(Kind):
        raise GridError(f"{where}.classe: {kind!r} n'est aucune de {', '.join(get_args(Kind))}")
    silenced_by = _strings(item.get("tu_par", SILENCED_BY), f"{where}.tu_par")
    if wrong := [context for context in silenced_by if context not in get_args(Context)]:
        raise GridError(f"{where}.tu_par: {wrong[0]!r} n'est aucun de {', '.join(get_args(Context))}")
    losses = _strings(item.get("pertes", []), f"{where}.pertes")
    objects = _strings(item.get("objets", []), f"{where}.objets")
    if unknown := [name for name in losses + objects if name not in vocabularies]:
        raise GridError(f"{where}: le vocabulaire {unknown[0]!r} n'existe pas")
    motifs = _strings(item.get("motifs", []), f"{where}.motifs")
    fact = item.get("fait")
    if fact is not None and fact not in get_args(Fact):
        raise GridError(f"{where}.fait: {fact!r} n'est aucun de {', '.join(get_args(Fact))}")
    question = _flag(item, "question", where)
    if not motifs and not losses and not objects and not fact and not question:
        raise GridError(f"{where}: il faut des « motifs », des « pertes », des « objets », un « fait » ou « question »")
    return Rule(
        id=rule_id,
        kind=cast("Kind", kind),
        title=_text(item, "titre", where),
        says=_text(item, "dit", where),
        patterns=parse_all(motifs, vocabularies.keys(), f"{where}.motifs"),
        losses=losses,
        objects=objects,
        yields_to=frozenset(_strings(item.get("cede_devant", []), f"{where}.cede_devant")),
        silenced_by=frozenset(cast("tuple[Context, ...]", silenced_by)),
        doubt=_flag(item, "doute", where),
        prime=_flag(item, "prime", where),
        asks_form=_flag(item, "leve_par_formulaire", where),
        fact=cast("Fact | None", fact),
        question=question,
        certain=_flag(item, "certain", where),
    )


def _check_rules(rules: tuple[Rule, ...]) -> None:
    if not rules:
        raise GridError("regles: il faut au moins une règle")
    kinds: dict[str, Kind] = {}
    for rule in rules:
        if rule.id in kinds:
            raise GridError(f"regles.{rule.id}: cet identifiant est donné deux fois")
        kinds[rule.id] = rule.kind
    for rule in rules:
        for other in sorted(rule.yields_to):
            if kinds.get(other) != "apaisement":
                raise GridError(f"regles.{rule.id}.cede_devant: {other!r} n'est pas une règle d'apaisement")


def _mapping(data: Mapping[str, object], key: str) -> Mapping[str, object]:
    value = data.get(key)
    if not isinstance(value, Mapping):
        raise GridError(f"{key}: un objet est attendu, pas {value!r}")
    return value


def _list(data: Mapping[str, object], key: str) -> list[object]:
    value = data.get(key)
    if not isinstance(value, list):
        raise GridError(f"{key}: une liste est attendue, pas {value!r}")
    return value


def _strings(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list | tuple):
        raise GridError(f"{where}: une liste de textes est attendue, pas {value!r}")
    return tuple(_string(item, where) for item in value)


def _string(value: object, where: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise GridError(f"{where}: un texte est attendu, pas {value!r}")
    return value


def _text(data: Mapping[str, object], key: str, where: str) -> str:
    return _string(data.get(key), f"{where}.{key}")


def _flag(data: Mapping[str, object], key: str, where: str) -> bool:
    value = data.get(key, False)
    if not isinstance(value, bool):
        raise GridError(f"{where}.{key}: vrai ou faux est attendu, pas {value!r}")
    return value
