"""The page at /docs: the OpenAPI description made readable here. FastAPI's own loads its script from elsewhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any, Final

__all__ = ["api_docs_html"]

# An OpenAPI description is a JSON document of many shapes: a mapping with values of any kind is its honest type.
Document = Mapping[str, Any]
_METHODS: Final = ("get", "post", "put", "delete")


def api_docs_html(description: Document) -> str:
    """All routes with their parameters, bodies and answers, as HTML."""
    operations = list(_operations(description))
    contents = "".join(
        f'<li><a href="#{_anchor(method, path)}">{_badge(method)} <code>{escape(path)}</code></a></li>'
        for method, path, _ in operations
    )
    sections = "".join(_section(description, method, path, operation) for method, path, operation in operations)
    return (
        f'<article class="docs" lang="en"><h1>{escape(description["info"]["title"])} HTTP API</h1>'
        f"<p>{escape(description['info'].get('description', ''))}</p>"
        f'<p>For programs: <a href="/openapi.json">openapi.json</a>.</p><ul class="docs__contents">{contents}</ul>'
        f"{sections}</article>"
    )


def _prose(text: str) -> str:
    """A description as HTML: paragraphs are one, and what stands in backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _operations(description: Document) -> Iterator[tuple[str, str, Document]]:
    for path, operations in description["paths"].items():
        for method in _METHODS:
            if method in operations:
                yield method, path, operations[method]


def _anchor(method: str, path: str) -> str:
    return escape(f"{method}-{path.strip('/').replace('/', '-').replace('{', '').replace('}', '')}")


def _badge(method: str) -> str:
    return f'<span class="method method--{method}">{method.upper()}</span> '


def _section(description: Document, method: str, path: str, operation: Document) -> str:
    parts = [
        f'<section id="{_anchor(method, path)}"><h2>{_badge(method)} <code>{escape(path)}</code></h2>',
        f"<p><strong>{escape(operation.get('summary', ''))}.</strong> {_prose(operation.get('description', ''))}</p>",
    ]
    if operation.get("security"):
        parts.append("<p>From this machine, or with the operator token: <code>Authorization: Bearer …</code></p>")
    if operation.get("parameters"):
        parts.append(_table([_parameter_row(one) for one in operation["parameters"]]))
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if body is not None:
        parts.append(f"<h3>Body</h3>{_fields(description, body)}")
        example = _example(description, body)
        if example is not None:
            parts.append(f"<pre>{escape(json.dumps(example, ensure_ascii=False, indent=2))}</pre>")
    parts.append(f"<h3>Answers</h3>{_answers(description, operation)}</section>")
    return "".join(parts)


def _parameter_row(parameter: Document) -> tuple[str, str, str]:
    kind = _kind(parameter.get("schema", {})) + (", required" if parameter.get("required") else "")
    return parameter["name"], kind, parameter.get("description", "")


def _answers(description: Document, operation: Document) -> str:
    rows = []
    for status, answer in sorted(operation["responses"].items()):
        shapes = answer.get("content", {}).items()
        shown = ", ".join(f"{media} {_kind(content.get('schema', {}))}".strip() for media, content in shapes)
        rows.append((status, shown, answer.get("description", "")))
    whole = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema")
    return _table(rows) + (_fields(description, whole) if whole else "")


def _fields(description: Document, shape: Document) -> str:
    model = _model(description, shape)
    required = model.get("required", [])
    rows = [
        (name, _kind(one) + (", required" if name in required else ""), one.get("description", ""))
        for name, one in model.get("properties", {}).items()
    ]
    return f"<p>{_prose(model.get('description', ''))}</p>{_table(rows)}" if rows else ""


def _example(description: Document, shape: Document) -> object:
    examples = _model(description, shape).get("examples", [])
    return examples[0] if examples else None


def _model(description: Document, shape: Document) -> Document:
    """The model behind a reference; of several shapes, the last that is a model."""
    for one in reversed(shape.get("anyOf", [])):
        if "$ref" in one:
            return _model(description, one)
    if "$ref" in shape:
        found: Document = description["components"]["schemas"][shape["$ref"].rpartition("/")[2]]
        return found
    return shape


def _kind(shape: Document) -> str:
    if "anyOf" in shape:
        return " or ".join(_kind(one) for one in shape["anyOf"])
    if "$ref" in shape:
        return str(shape["$ref"].rpartition("/")[2])
    if "enum" in shape:
        return " | ".join(json.dumps(value) for value in shape["enum"])
    if shape.get("type") == "array":
        return f"list of {_kind(shape.get('items', {}))}"
    return str(shape.get("format") or shape.get("type", ""))


def _table(rows: list[tuple[str, str, str]]) -> str:
    cells = "".join(
        f"<tr><th scope='row'><code>{escape(name)}</code></th><td>{escape(kind)}</td><td>{_prose(text)}</td></tr>"
        for name, kind, text in rows
    )
    return f"<table>{cells}</table>"
