"""The operations of the API, as its handbook has them."""

from __future__ import annotations

__all__ = ["OPERATIONS"]

OPERATIONS = (
    ("GET", "/api/search"),
    ("POST", "/api/ask"),
    ("GET", "/api/articles"),
    ("POST", "/api/articles"),
    ("GET", "/api/articles/{article_id}"),
    ("DELETE", "/api/articles/{article_id}"),
    ("POST", "/api/upload"),
    ("POST", "/api/fetch"),
    ("POST", "/api/rebuild"),
    ("GET", "/api/rebuild"),
    ("POST", "/api/session"),
    ("DELETE", "/api/session"),
    ("GET", "/api/health"),
    ("GET", "/api/health/live"),
    ("GET", "/api/health/ready"),
    ("POST", "/api/verify"),
    ("GET", "/api/follow-ups"),
    ("POST", "/api/feedback"),
    ("GET", "/api/feedback"),
)
