"""A flow of two lines and one artifact: what the tests of this folder run instead of a registry."""

from __future__ import annotations

import time

from prefect import flow, get_run_logger, task
from prefect.artifacts import create_markdown_artifact

from flows.orchestration import end_with_parent

end_with_parent()


@task
def count(number: int) -> int:
    get_run_logger().info("counted %s", number)
    return number


@flow(name="small")
def small(number: int = 1, seconds: float = 0, fails: bool = False, home: str = "") -> int:
    get_run_logger().info("counting to %s", number)
    create_markdown_artifact(f"**{number}**", key="counted")
    time.sleep(seconds)
    if fails:
        raise ValueError("told to fail")
    return count(number)
