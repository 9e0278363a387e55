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
ENV = {
    part: dict(
        line.split("=", 1)
        for line in (DEPLOY / f"{part}.env.example").read_text("utf-8").splitlines()
        if line and line[0] != "#"
    )
    for part in ("tanya", "postgres")
}
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
    """They come from an env file or a Secret; the examples have none, and nobody commits the real ones."""
    assert {"", "postgresql://tanya:THE-PASSWORD-IN-POSTGRES.ENV@postgres:5432/tanya"} >= {
        value for part in ENV.values() for name, value in part.items() if name not in ("POSTGRES_USER", "POSTGRES_DB")
    }
    assert {"deploy/tanya.env", "deploy/postgres.env"} <= set((ROOT / ".gitignore").read_text("utf-8").splitlines())


def test_each_gets_its_own_secrets_and_all_of_them() -> None:
    """The archive's server sees no token of Tanya's, and no token that somebody sets is left out by a pod."""
    tokens = {"TANYA_OPERATOR_TOKEN", "TANYA_READER_TOKEN", "TANYA_ASKER_TOKEN"}
    assert tokens | {"TANYA_ARCHIVE"} == set(ENV["tanya"])
    assert {"web": "tanya.env", "rebuild": "tanya.env", "postgres": "postgres.env"} == {
        name: service["env_file"] for name, service in COMPOSE["services"].items() if "env_file" in service
    }
    assert [{"secretRef": {"name": "tanya"}}] == PODS["tanya"]["containers"][0]["envFrom"]
    named = {
        name: {
            (one["valueFrom"]["secretKeyRef"]["name"], one["valueFrom"]["secretKeyRef"]["key"])
            for one in pod["containers"][0].get("env", [])
            if "valueFrom" in one
        }
        for name, pod in PODS.items()
    }
    assert {("tanya", "TANYA_ARCHIVE")} == named["rebuild"]
    assert {("postgres", name) for name in ENV["postgres"]} == named["postgres"]
    assert set() == named["tanya"] | named["chroma"]


def test_a_visitor_stays_with_one_process() -> None:
    """The chat asks by one request and is answered by another; what comes from outside goes past the service."""
    (ingress,) = (one for one in OBJECTS if one["kind"] == "Ingress")
    told = {name.rpartition("/")[2]: value for name, value in ingress["metadata"]["annotations"].items()}
    assert ("cookie", "persistent", "off") == (told["affinity"], told["affinity-mode"], told["proxy-buffering"])
    assert f"{Config().max_file_mb:.0f}m" == told["proxy-body-size"]
    (rule,) = ingress["spec"]["rules"]
    assert [rule["host"]] == ingress["spec"]["tls"][0]["hosts"]
    backend = rule["http"]["paths"][0]["backend"]["service"]
    (service,) = (one for one in OBJECTS if one["kind"] == "Service" and one["metadata"]["name"] == backend["name"])
    assert backend["port"]["name"] in [port["name"] for port in service["spec"]["ports"]]
    assert service["spec"]["selector"] == {"app": "tanya"}


def test_nothing_takes_all_of_a_machine() -> None:
    """Every pod has a limit of memory, and every folder that goes with it one of its size."""
    for pod in PODS.values():
        assert "memory" in pod["containers"][0]["resources"]["limits"]
        assert all("sizeLimit" in volume["emptyDir"] for volume in pod["volumes"])
    assert all("size=" in COMPOSE["services"][name]["tmpfs"] for name in ("web", "rebuild", "chroma"))


def test_nobody_is_root() -> None:
    """The image, and every pod; none can write to its file system."""
    assert re.search(r"^USER [1-9]\d*:[1-9]\d*$", DOCKERFILE, re.MULTILINE)
    for pod in PODS.values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        (container,) = pod["containers"]
        assert (False, ["ALL"]) == (
            container["securityContext"]["allowPrivilegeEscalation"],
            container["securityContext"]["capabilities"]["drop"],
        )
    assert all(COMPOSE["services"][name]["read_only"] for name in ("web", "rebuild", "chroma"))
    assert all(pod["containers"][0]["securityContext"]["readOnlyRootFilesystem"] for pod in PODS.values())


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


@pytest.mark.parametrize("name", ["chroma", "postgres"])
def test_what_is_behind_tanya_is_reached_by_it_alone(name: str) -> None:
    """By whoever searches and by the job that rebuilds, at the one port that it has."""
    (policy,) = (one["spec"] for one in OBJECTS if one["kind"] == "NetworkPolicy" and one["metadata"]["name"] == name)
    assert {"app": name} == policy["podSelector"]["matchLabels"]
    (way,) = policy["ingress"]
    assert ["tanya", "rebuild"] == way["from"][0]["podSelector"]["matchExpressions"][0]["values"]
    assert [port["name"] for port in PODS[name]["containers"][0]["ports"]] == [port["port"] for port in way["ports"]]


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
