"""Settings: defaults that need no other program, and one sentence for each value that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from blocks.problems import UserError
from engine.settings import Settings


def test_the_defaults_are_embedded(tmp_path: Path) -> None:
    settings = Settings.from_environment({"GRADLOOM_HOME": str(tmp_path)})
    assert settings.embedded
    assert settings.database_url == f"sqlite:///{tmp_path / 'gradloom.db'}"
    assert settings.broker_folder == tmp_path / "broker"
    assert (settings.host, settings.lease_s, settings.heartbeat_s) == ("127.0.0.1", 20, 5)
    assert settings.slots >= 1 and settings.threads >= 1


def test_two_urls_make_a_team() -> None:
    settings = Settings.from_environment({"GRADLOOM_DATABASE_URL": "postgresql://db/g", "GRADLOOM_BROKER_URL": "redis://r/0"})
    assert not settings.embedded and settings.broker_folder is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GRADLOOM_SLOTS", "0"),
        ("GRADLOOM_SLOTS", "two"),
        ("GRADLOOM_LEASE_S", "nan"),
        ("GRADLOOM_PORT", "-1"),
        ("GRADLOOM_HEARTBEAT_S", "15"),
    ],
)
def test_a_value_that_cannot_be_is_named(name: str, value: str) -> None:
    with pytest.raises(UserError, match=name) as error:
        Settings.from_environment({name: value})
    assert error.value.problems[0].parameter == name
