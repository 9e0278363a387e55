"""What is deployed fits the schemas of its engines, Tanya's settings and its routes, and holds no secret."""

from __future__ import annotations

import dataclasses
import json
import re
import tomllib
from importlib.resources import files
from typing import Any

import jsonschema
import kubernetes_validate
import pytest
import yaml

from assistant.config import PREFIX, Config
from tests.conftest import ROOT

DEPLOY = ROOT / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
OBJECTS: list[dict[str, Any]] = list(yaml.safe_load_all((DEPLOY / "kubernetes.yaml").read_text("utf-8")))
PODS = {
    one["metadata"]["name"]: one["spec"].get("jobTemplate", one)["spec"]["template"]["spec"]
    for one in OBJECTS
    if one["kind"] in ("StatefulSet", "CronJob")
}
ENV = dict(
    line.split("=", 1)
    for line in (DEPLOY / "tanya.env.example").read_text("utf-8").splitlines()
    if line and line[0] != "#"
)
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")


def test_compose_fits_its_schema() -> None:
    """The Compose specification's own."""
    schema = files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(COMPOSE, json.loads(schema.read_text("utf-8")))


@pytest.mark.parametrize("number", range(len(OBJECTS)))
def test_kubernetes_objects_fit_their_schemas(number: int) -> None:
    """Kubernetes' own, and nothing that they do not name."""
    kubernetes_validate.validate(OBJECTS[number], kubernetes_validate.latest_version(), strict=True)


def test_every_variable_is_a_setting() -> None:
    """In the image, in both files and in the example of secrets."""
    settings = {f"{PREFIX}{field.name.upper()}" for field in dataclasses.fields(Config)}
    named = re.findall(r"\bTANYA_[A-Z_]+", "\n".join(path.read_text("utf-8") for path in DEPLOY.iterdir()))
    assert {"TANYA_ARCHIVE", "TANYA_OPERATOR_TOKEN", "TANYA_DATA"} <= set(named)
    assert set() == set(named) - settings


def test_secrets_are_not_in_the_files() -> None:
    """They come from an env file or a Secret; the example has none, and nobody commits the real one."""
    assert {"", "postgresql://tanya:THE-SAME-PASSWORD@postgres:5432/tanya"} >= {
        value for name, value in ENV.items() if name not in ("POSTGRES_USER", "POSTGRES_DB")
    }
    assert {"web", "rebuild", "postgres"} == {
        name for name, service in COMPOSE["services"].items() if service.get("env_file") == "tanya.env"
    }
    assert set(ENV) == {
        one["valueFrom"]["secretKeyRef"]["key"]
        for pod in PODS.values()
        for one in pod["containers"][0].get("env", [])
        if "valueFrom" in one
    }
    assert "deploy/tanya.env" in (ROOT / ".gitignore").read_text("utf-8").splitlines()


def test_nobody_is_root() -> None:
    """The image, and every pod; web processes cannot write to their file system."""
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", DOCKERFILE, re.MULTILINE)
    for pod in PODS.values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        (container,) = pod["containers"]
        assert (False, ["ALL"]) == (
            container["securityContext"]["allowPrivilegeEscalation"],
            container["securityContext"]["capabilities"]["drop"],
        )
    assert all(COMPOSE["services"][name]["read_only"] for name in ("web", "rebuild", "chroma"))
    assert all(
        PODS[name]["containers"][0]["securityContext"]["readOnlyRootFilesystem"]
        for name in ("tanya", "rebuild", "chroma")
    )


def test_all_share_one_chroma_server() -> None:
    """Whoever searches and the one job that rebuilds; it is reached by them alone, and by nobody outside."""
    address = "chroma://chroma:8000"
    composed = COMPOSE["services"]
    assert [address, address] == [composed[name]["environment"]["TANYA_VECTORS"] for name in ("web", "rebuild")]
    assert "ports" not in composed["chroma"]
    assert ["jobs"] == composed["rebuild"]["profiles"]
    for name in ("tanya", "rebuild"):
        assert {"name": "TANYA_VECTORS", "value": address} in PODS[name]["containers"][0]["env"]
    commands = [composed["chroma"]["command"], PODS["chroma"]["containers"][0]["command"]]
    assert [["chroma", "run", "--path", "/data", "--host", "0.0.0.0", "--port", "8000"]] * 2 == commands
    assert [["tanya", "rebuild"]] * 2 == [composed["rebuild"]["command"], PODS["rebuild"]["containers"][0]["command"]]
    (policy,) = (one["spec"] for one in OBJECTS if one["kind"] == "NetworkPolicy")
    assert {"app": "chroma"} == policy["podSelector"]["matchLabels"]
    assert ["tanya", "rebuild"] == policy["ingress"][0]["from"][0]["podSelector"]["matchExpressions"][0]["values"]


def test_health_is_asked_where_it_is_told() -> None:
    """Ready and live are routes of the API; the data folder is on a volume; the port is the default."""
    routes = (ROOT / "assistant" / "api.py").read_text("utf-8")
    assert all(f'@router.get("/{name}"' in routes for name in ("live", "ready"))
    assert "/api/health/ready" in DOCKERFILE
    assert any("/api/health/ready" in part for part in COMPOSE["services"]["web"]["healthcheck"]["test"])
    (web,) = PODS["tanya"]["containers"]
    assert ["/api/health/ready", "/api/health/live"] == [
        web[probe]["httpGet"]["path"] for probe in ("readinessProbe", "livenessProbe")
    ]
    assert Config().port == web["ports"][0]["containerPort"]
    assert "TANYA_DATA=/data" in DOCKERFILE
    assert "/data" in [mount["mountPath"] for mount in web["volumeMounts"]]
    assert "service_healthy" == COMPOSE["services"]["web"]["depends_on"]["postgres"]["condition"]


def test_the_image_holds_what_is_installed() -> None:
    """The packages of pyproject.toml and the extra for PostgreSQL, and nothing that the ignore file keeps out."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    packages = {name.split(".")[0] for name in project["tool"]["setuptools"]["packages"]}
    copied = {one for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for one in line.split()}
    allowed = {
        line[1:] for line in (DEPLOY / "Dockerfile.dockerignore").read_text("utf-8").splitlines() if line[:1] == "!"
    }
    assert packages <= copied
    assert copied == allowed
    assert "postgres" in project["project"]["optional-dependencies"]
    assert "'.[postgres]'" in DOCKERFILE
