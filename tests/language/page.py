"""The AsyncAPI document as one self-contained HTML page: `docs/events.html`. No script, nothing from elsewhere.

Called by `python -m tests.language` and by its tests. It looks at the document alone, never at the code.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

from tests.language.schemas import REFERENCE

Node = dict[str, Any]
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --link: #0b5cad; }
@media (prefers-color-scheme: dark) { :root { --link: #7db7f5; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 72rem; padding: 1.5rem; }
a { color: var(--link); } code, pre { font: 13px/1.45 ui-monospace, monospace; }
h1 { margin-bottom: 0; } h2 { border-top: 2px solid var(--line); margin-top: 3rem; padding-top: 1rem; }
h3 { margin: 2rem 0 .25rem; } h2 code, h3 code { font-size: 1em; }
table { border-collapse: collapse; margin: .5rem 0; width: 100%; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top; }
.wide { overflow-x: auto; } .facts { margin: .25rem 0; } .facts b { font-weight: 600; }
pre { background: var(--soft); overflow-x: auto; padding: .75rem; } summary { cursor: pointer; }
"""


def page(document: Node) -> str:
    """Return the page."""
    info, channels, components = document["info"], document["channels"], document["components"]
    paragraphs = "".join(f"<p>{_text(one)}</p>" for one in info["description"].split("\n\n"))
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(info['title'])}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(info['title'])}</h1><p>Version {escape(info['version'])}, AsyncAPI {document['asyncapi']}: ",
        f'the same for programs is <a href="asyncapi.json">asyncapi.json</a>.</p>{paragraphs}',
        _topics(channels),
        *(_channel(name, one, components) for name, one in channels.items()),
        '<h2 id="shared">What several messages hold</h2>',
        *(_shared(name, one) for name, one in components["schemas"].items() if not name.startswith("sav.")),
        "</body></html>\n",
    ]
    return "\n".join(parts)


def _topics(channels: Node) -> str:
    rows = [
        (
            _link(name, name),
            escape(one["x-owner"]),
            escape(", ".join(one["x-readers"])),
            escape(one["x-key"]),
            str(one["bindings"]["kafka"]["partitions"]),
            escape(one["x-kept"]),
            escape(one["summary"]),
        )
        for name, one in channels.items()
    ]
    return "<h2>Topics</h2>" + _table(("topic", "owner", "read by", "key", "partitions", "kept", "carries"), rows)


def _channel(name: str, channel: Node, components: Node) -> str:
    kafka = channel["bindings"]["kafka"]
    limit = kafka["topicConfiguration"]["max.message.bytes"]
    facts = {
        "written by": channel["x-owner"],
        "read by": ", ".join(channel["x-readers"]),
        "key": channel["x-key"],
        "partitions": f"{kafka['partitions']}, {kafka['replicas']} copies of each in production",
        "kept": channel["x-kept"],
        "largest record": f"{limit:,} bytes",
    }
    told = " · ".join(f"<b>{one}</b> {escape(value)}" for one, value in facts.items())
    head = f'<h2 id="{_anchor(name)}"><code>{escape(channel["address"])}</code></h2><p>{escape(channel["summary"])}</p>'
    first = f'<p class="facts">{told}</p>'
    return (
        head + first + "".join(_message(name, components["messages"][one], components) for one in channel["messages"])
    )


def _message(channel: str, message: Node, components: Node) -> str:
    name = message["name"]
    head = f'<h3 id="{_anchor(f"{channel}/{name}")}"><code>{escape(name)}</code></h3>'
    told = "".join(f"<p>{_text(message[one])}</p>" for one in ("summary", "description") if one in message)
    key = message.get("bindings", {}).get("kafka", {}).get("key", {}).get("description", "")
    keyed = f'<p class="facts"><b>key</b> {escape(key)}</p>' if key else ""
    fields = _fields(_data_of(message["payload"], components["schemas"]))
    headers = _fields(message["headers"]) if "headers" in message else ""
    return head + told + keyed + fields + headers + "".join(map(_example, message.get("examples", ())))


def _data_of(payload: Node, schemas: Node) -> Node:
    """The schema whose fields a reader wants to see: an event's data, a document itself."""
    if "allOf" not in payload:
        return _resolved(payload, schemas)
    first, own = payload["allOf"]
    data = own.get("properties", {}).get("data")
    return _resolved(data or first, schemas)


def _resolved(schema: Node, schemas: Node) -> Node:
    reference = schema.get("$ref")
    found: Node = schemas[reference.removeprefix(REFERENCE)] if reference else schema
    return found


def _fields(schema: Node) -> str:
    required = schema.get("required", ())
    rows = [
        (
            f"<code>{escape(name)}</code>",
            _kind(one),
            "yes" if name in required else "",
            _text(one.get("description", "")),
        )
        for name, one in schema.get("properties", {}).items()
    ]
    return _table(("field", "type", "always there", "meaning"), rows) if rows else ""


def _kind(schema: Node) -> str:
    if reference := schema.get("$ref"):
        name = reference.removeprefix(REFERENCE)
        return _link(f"schema/{name}", name)
    if "allOf" in schema:
        return " with ".join(_kind(one) for one in schema["allOf"])
    if "const" in schema:
        return f"<code>{escape(json.dumps(schema['const']))}</code>"
    if "enum" in schema:
        return " or ".join(f"<code>{escape(str(one))}</code>" for one in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    if isinstance(inner := schema.get("additionalProperties"), dict):
        return f"map to {_kind(inner)}"
    if "data" in schema.get("properties", {}):
        return f"data: {_kind(schema['properties']['data'])}"
    limits = [f"{word} {schema[one]}" for one, word in _LIMITS.items() if one in schema]
    return escape(", ".join([schema.get("format") or schema.get("type", "anything"), *limits]))


_LIMITS = {"minimum": "at least", "maximum": "at most", "maxLength": "length at most", "minLength": "length at least"}


def _shared(name: str, schema: Node) -> str:
    told = f"<p>{_text(schema['description'])}</p>" if "description" in schema else ""
    return f'<h3 id="{_anchor(f"schema/{name}")}"><code>{escape(name)}</code></h3>{told}{_fields(schema)}'


def _example(example: Node) -> str:
    shown = escape(json.dumps(example["payload"], ensure_ascii=False, indent=2))
    return f"<details><summary>example</summary><pre>{shown}</pre></details>"


def _table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(one)}</th>" for one in names)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _text(text: str) -> str:
    """Prose in which `this` is code."""
    pieces = escape(text).split("`")
    return "".join(f"<code>{one}</code>" if n % 2 else one for n, one in enumerate(pieces))


def _anchor(name: str) -> str:
    return escape(name.replace("/", "-"), quote=True)


def _link(target: str, text: str) -> str:
    return f'<a href="#{_anchor(target)}"><code>{escape(text)}</code></a>'
