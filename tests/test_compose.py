"""docker-compose.yml holds what the README promises; checked without an engine, on the file itself."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = ("app", "worker", "worker-gpu", "migrate")


def test_the_services_are_there() -> None:
    assert set(SERVICES) == {*OURS, "postgres", "redis"}


def test_only_the_app_is_published_and_only_to_this_machine() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["app"]
    (published,) = SERVICES["app"]["ports"]
    assert published.startswith("${GRADLOOM_BIND:-127.0.0.1}:")
    assert all(service.get("network_mode") != "host" for service in SERVICES.values())
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert [name for name, service in SERVICES.items() if "outside" in service["networks"]] == ["app"]


def test_every_secret_comes_from_the_environment_and_none_has_a_default() -> None:
    secrets = re.findall(r"\$\{(\w*(?:PASSWORD|SECRET|TOKEN|KEY)\w*)([^}]*)\}", TEXT)
    assert {name for name, _ in secrets} == {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}
    assert all(rest == f":?set {name} in .env" for name, rest in secrets)
    example = (ROOT / ".env.example").read_text()
    assert re.findall(r"^(\w*PASSWORD)=(.*)$", example, re.MULTILINE) == [("POSTGRES_PASSWORD", ""), ("REDIS_PASSWORD", "")]


def test_the_migration_runs_once_and_is_waited_for() -> None:
    assert SERVICES["migrate"]["command"] == ["python", "-m", "migrations"]
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}
    for name in ("app", "worker", "worker-gpu"):
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_what_stays_up_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL")
    assert SERVICES[name]["restart"] == "unless-stopped"


def test_the_gpu_worker_is_a_profile_with_a_device() -> None:
    worker = SERVICES["worker-gpu"]
    assert worker["profiles"] == ["gpu"]
    (device,) = worker["deploy"]["resources"]["reservations"]["devices"]
    assert device["capabilities"] == ["gpu"]
    assert "profiles" not in SERVICES["worker"]


def test_the_database_is_kept_in_a_named_volume() -> None:
    assert set(COMPOSE["volumes"]) == {"home", "database"}
    assert SERVICES["postgres"]["volumes"] == ["database:/var/lib/postgresql/data"]


@pytest.mark.parametrize("name", OURS)
def test_our_own_containers_have_few_rights(name: str) -> None:
    assert SERVICES[name]["cap_drop"] == ["ALL"]
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]


def test_the_image_runs_as_an_ordinary_user_and_holds_every_package() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert re.findall(r"^USER (\w+)$", dockerfile, re.MULTILINE) == ["gradloom"]
    assert 'ARG TORCH_INDEX_URL=""' in dockerfile
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert {"app", "engine", "blocks", "worker", "migrations", ".streamlit", "pyproject.toml", "constraints.txt"} <= kept
    copied = re.findall(r"^COPY (?!--from)(.*) \./$", dockerfile, re.MULTILINE)
    assert set(" ".join(copied).split()) <= kept
