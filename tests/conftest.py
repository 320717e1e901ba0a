"""Fixtures that several test files share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

import live
from fake_aws import Fake

# Tests time nothing: a busy machine is no fault.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def aws_server() -> Iterator[live.Server]:
    """One stand-in for AWS for all tests of a worker."""
    pytest.importorskip("moto", reason="moto is not installed: pip install 'trustscan[dev]'")
    server = live.Server()
    yield server
    server.stop()


@pytest.fixture
def aws(aws_server: live.Server, monkeypatch: pytest.MonkeyPatch) -> live.Live:
    """An empty AWS account on loopback; every AWS client of the test asks it, those it starts as processes too."""
    aws_server.reset()
    for name, value in aws_server.environment().items():
        monkeypatch.setenv(name, value)
    return live.Live(aws_server)


@pytest.fixture(scope="session")
def fake_server(aws_server: live.Server) -> Iterator[Fake]:
    """A strict fake of what moto lacks, in front of it, for all tests of a worker."""
    server = Fake(aws_server.url)
    yield server
    server.stop()


@pytest.fixture
def faked(aws_server: live.Server, fake_server: Fake, monkeypatch: pytest.MonkeyPatch) -> Iterator[live.Faked]:
    """An empty AWS account on loopback with the services that moto lacks; a request nobody understands is an error."""
    fake_server.reset()
    for name, value in fake_server.environment().items():
        monkeypatch.setenv(name, value)
    yield live.Faked(aws_server, fake_server)
    fake_server.check()
