"""Any content for any model of the published language: a strategy from its own fields, registered nowhere."""

from __future__ import annotations

import types
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from hypothesis import strategies as st
from pydantic import AwareDatetime
from pydantic.fields import FieldInfo

from shared.events.base import Model

START = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
WORDS = st.sampled_from(["", "T-01", "part:BAT-12V7@central", "deux\nlignes", "[bold]\x1b[31m é « ’", "x" * 200])


def of_model(model: type[Model]) -> st.SearchStrategy[Any]:
    """Any valid instance of a model."""
    fields = {name: _of_field(field) for name, field in model.model_fields.items()}
    return st.fixed_dictionaries(fields).map(model.model_validate)


def _of_field(field: FieldInfo) -> st.SearchStrategy[Any]:
    least: list[Any] = [one.ge for one in field.metadata if isinstance(one, Ge)]
    most: list[Any] = [one.le for one in field.metadata if isinstance(one, Le)]
    if field.annotation is int and (least or most):
        return st.integers(*(least or [0]), *(most or [3]))
    return _of(field.annotation)


def _of(kind: Any) -> st.SearchStrategy[Any]:
    origin, args = get_origin(kind), get_args(kind)
    if hasattr(kind, "__metadata__"):
        return _of(args[0])
    if origin is Literal:
        return st.sampled_from(args)
    if origin in (Union, types.UnionType):
        return st.one_of([_of(one) for one in args])
    if origin is tuple:
        return st.lists(_of(args[0]), max_size=2)
    if origin is dict:
        return st.dictionaries(_of(args[0]), _of(args[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, Model):
        return of_model(kind)
    return _PLAIN[kind]


_PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: WORDS,
    int: st.integers(0, 3),
    bool: st.booleans(),
    types.NoneType: st.none(),
    AwareDatetime: st.integers(0, 20_000).map(lambda minutes: START + timedelta(minutes=minutes)),
    timedelta: st.integers(0, 9_000).map(lambda minutes: timedelta(minutes=minutes)),
}
