"""The Celery application that bell and worker share: one task, whose message is a run id and nothing else."""

from __future__ import annotations

from functools import cache
from typing import Any

from celery import Celery

from engine.settings import Settings

BELL = "gradloom.bell"
QUEUE = "gradloom"
CONNECT_WITHIN_S = 1.0
_LISTEN_EVERY_S = 0.05


@cache
def application(settings: Settings) -> Celery:
    """Return the application for a broker. Nothing is connected yet."""
    celery = Celery("gradloom", set_as_current=False)
    celery.conf.update(
        broker_connection_timeout=CONNECT_WITHIN_S,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,
        task_default_queue=QUEUE,
        task_ignore_result=True,
        task_acks_late=False,
        worker_pool="threads",
        worker_concurrency=1,
        worker_prefetch_multiplier=1,
        worker_enable_remote_control=False,
        worker_send_task_events=False,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        **_transport(settings),
    )
    return celery


def _transport(settings: Settings) -> dict[str, Any]:
    folder = settings.broker_folder
    if folder is None:
        redis = settings.broker_url.startswith(("redis", "sentinel"))
        # The page rings, and does not wait for a broker that is away; the worker's own patience is set above.
        options: dict[str, Any] = {"max_retries": 1, "interval_start": 0, "interval_step": 0, "interval_max": 0}
        options |= {"socket_connect_timeout": CONNECT_WITHIN_S} if redis else {}
        return {"broker_url": settings.broker_url, "broker_transport_options": options}
    folder.mkdir(parents=True, exist_ok=True)
    folders = {
        "data_folder_in": str(folder),
        "data_folder_out": str(folder),
        "control_folder": str(folder / "control"),
    }
    return {
        "broker_url": "filesystem://localhost",
        "broker_transport": "worker.folder_broker:Transport",
        "broker_transport_options": folders | {"polling_interval": _LISTEN_EVERY_S},
    }
