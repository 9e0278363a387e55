"""Traces for OpenTelemetry: a span for each request and, below it, for each stage. Needs the extra ``tanya[otel]``.

Configured by OpenTelemetry's own variables alone, and off while none of them says where traces go. A span holds names,
times and ids; never a question, an answer or an article.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from assistant.config import ConfigError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import Span

__all__ = ["Tracing", "open_tracing"]

SERVICE: Final = "tanya"  # unless OTEL_SERVICE_NAME says otherwise
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def open_tracing(environ: Mapping[str, str]) -> Tracing | None:
    """Tracing as the environment wants it, None where it wants none.

    ``OTEL_TRACES_EXPORTER`` may be otlp, console or none; an OTLP endpoint alone means otlp. Raises ConfigError for
    any other exporter, and where the extra is not installed.
    """
    wanted = environ.get("OTEL_TRACES_EXPORTER", "") or ("otlp" if any(map(environ.get, _ENDPOINTS)) else "none")
    if wanted == "none" or environ.get("OTEL_SDK_DISABLED", "").lower() == "true":
        return None
    try:
        from opentelemetry.sdk.resources import SERVICE_NAME, Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        exporter = _exporter(wanted)
    except ImportError as error:
        raise ConfigError(
            "the environment asks for OpenTelemetry traces (OTEL_...), which need an extra: "
            "type pip install 'tanya[otel]', or set OTEL_SDK_DISABLED=true."
        ) from error
    name = environ.get("OTEL_SERVICE_NAME", SERVICE)
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: name}))
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return Tracing(provider)


def _exporter(wanted: str) -> SpanExporter:
    if wanted == "otlp":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        return OTLPSpanExporter()
    if wanted == "console":
        from opentelemetry.sdk.trace.export import ConsoleSpanExporter

        return ConsoleSpanExporter()
    raise ConfigError(f"OTEL_TRACES_EXPORTER must be otlp, console or none, not {wanted!r}.")


class Tracing:
    """Spans of one application; a ``stages.Listener``."""

    def __init__(self, provider: TracerProvider) -> None:
        """``provider`` says where spans go."""
        self._provider = provider
        self._tracer = provider.get_tracer("tanya")

    @contextmanager
    def request(self, headers: Mapping[str, str]) -> Iterator[Span]:
        """A request, as a part of the trace that its ``traceparent`` names, if it does; stages are its children."""
        from opentelemetry import context, trace
        from opentelemetry.propagate import extract

        span = self._tracer.start_span("request", extract(headers), trace.SpanKind.SERVER)
        # Never detached: the context is that of the request's own task, and a stream may end in another one.
        context.attach(trace.set_span_in_context(span))
        try:
            yield span
        finally:
            span.end()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A span below the request's. It is nobody's parent, because a stage may go on in another thread."""
        span = self._tracer.start_span(name)
        try:
            yield
        finally:
            span.end()

    def count(self, what: str, kind: str) -> None:
        """An event of the request's span."""
        from opentelemetry import trace

        trace.get_current_span().add_event(what, {"kind": kind})

    def close(self) -> None:
        """Send what has not been sent."""
        self._provider.shutdown()
