"""The checks before a start: each says what is missing and how to mend it."""

import shutil
import socket
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import checks, jars, redis
from deploy.local.errors import StackError
from deploy.local.stack import Stack
from deploy.settings import HOST, Settings


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.create_server((HOST, 0)) as server:
        yield server.getsockname()[1]


def java_home(folder: Path, version: str) -> Path:
    """A folder that looks like a Java."""
    (folder / "bin").mkdir(parents=True)
    program = folder / "bin" / "java"
    says = (f"    java.home = {folder}", f'openjdk version "{version}"')
    program.write_text("#!/bin/sh\n" + "".join(f"echo '{line}' >&2\n" for line in says))
    program.chmod(0o755)
    return folder


@pytest.fixture
def _no_java(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    monkeypatch.setenv("PATH", str(empty))
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setattr(checks, "USUAL_JAVA_FOLDERS", (str(tmp_path / "jvm"),))


def test_a_taken_port_is_told_with_its_holder_and_the_setting(tmp_path: Path, taken: int) -> None:
    part = redis.part(Settings(home=tmp_path, redis_port=taken))
    with pytest.raises(StackError) as caught:
        checks.check_ports([part])
    assert f"Port {taken}, wanted by Redis, is taken" in caught.value.problem
    assert "pid " in caught.value.problem
    assert "TACTFUL_REDIS_PORT" in caught.value.cure
    assert "TACTFUL_PORT_BASE" in caught.value.cure


def test_a_port_taken_on_every_network_is_taken_on_loopback_too() -> None:
    with socket.create_server(("0.0.0.0", 0)) as server:
        port = server.getsockname()[1]
        assert not checks.is_free(port)
    assert checks.is_free(port)


def test_all_taken_ports_are_told_at_once(tmp_path: Path, taken: int) -> None:
    with socket.create_server((HOST, 0)) as server:
        other = server.getsockname()[1]
        stack = Stack(Settings(home=tmp_path, redis_port=taken, kafka_port=other))
        with pytest.raises(StackError) as caught:
            checks.check_ports(stack.parts())
    assert f"Port {taken}" in caught.value.problem
    assert f"Port {other}" in caught.value.problem


@pytest.mark.usefixtures("_no_java")
def test_no_java_at_all_is_told_with_its_cure(tmp_path: Path) -> None:
    with pytest.raises(StackError) as caught:
        checks.find_java(Settings(home=tmp_path))
    assert caught.value.problem == "Java 17 is missing (found no java on PATH, no JAVA_HOME)."
    assert "openjdk-17" in caught.value.cure
    assert "TACTFUL_JAVA_HOME" in caught.value.cure


@pytest.mark.usefixtures("_no_java")
def test_a_java_of_another_version_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = java_home(tmp_path / "old", "11.0.2")
    monkeypatch.setenv("JAVA_HOME", str(old))
    with pytest.raises(StackError, match=rf"JAVA_HOME: Java 11 in {old}"):
        checks.find_java(Settings(home=tmp_path))


@pytest.mark.usefixtures("_no_java")
def test_java_17_is_found_where_systems_put_it_beside_another_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = java_home(tmp_path / "new", "21.0.1")
    monkeypatch.setenv("PATH", f"{new / 'bin'}:/usr/bin:/bin")
    right = java_home(tmp_path / "jvm" / "java-17", "17.0.3")
    assert checks.find_java(Settings(home=tmp_path)) == right


@pytest.mark.usefixtures("_no_java")
def test_the_java_somebody_names_is_taken_or_refused_but_never_replaced(tmp_path: Path) -> None:
    right = java_home(tmp_path / "jvm" / "java-17", "17.0.3")
    wrong = java_home(tmp_path / "mine", "21.0.1")
    assert checks.find_java(Settings(home=tmp_path, java_home=right)) == right
    with pytest.raises(StackError, match="Java 21"):
        checks.find_java(Settings(home=tmp_path, java_home=wrong))


def test_the_version_is_read_from_the_release_file_without_running_java(tmp_path: Path) -> None:
    home = java_home(tmp_path / "java", "11.0.2")
    (home / "release").write_text('IMPLEMENTOR="x"\nJAVA_VERSION="17.0.9"\n')
    assert checks.java_major(home) == 17
    assert checks.java_major(tmp_path / "nowhere") is None


def test_a_missing_maven_is_told_with_its_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackError, match="Maven is missing") as caught:
        jars.fetch(Settings(home=tmp_path), "kafka", tmp_path)
    assert "apt-get install maven" in caught.value.cure


def test_what_maven_says_when_it_fails_is_shown_and_nothing_is_taken_for_jars(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    maven.write_text("#!/bin/sh\necho 'cannot reach the repository'\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{maven.parent}:/usr/bin:/bin")
    settings = Settings(home=tmp_path / "home")
    with pytest.raises(StackError, match="cannot reach the repository"):
        jars.fetch(settings, "kafka", tmp_path)
    assert not jars.present(settings, "kafka")
    assert list(settings.jars.iterdir()) == []


def test_jars_are_fetched_once_and_again_when_the_pom_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    poms = tmp_path / "poms"
    shutil.copytree(jars.POMS, poms)
    monkeypatch.setattr(jars, "POMS", poms)
    maven = tmp_path / "bin" / "mvn"
    maven.parent.mkdir()
    calls = tmp_path / "calls"
    maven.write_text(
        f"#!/bin/sh\necho call >> {calls}\n"
        'for word; do case "$word" in -DoutputDirectory=*) out="${word#*=}";; esac; done\n'
        'mkdir -p "$out"; touch "$out/a.jar"\n'
    )
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", f"{maven.parent}:/usr/bin:/bin")
    settings = Settings(home=tmp_path / "home")
    first = jars.fetch(settings, "kafka", tmp_path)
    assert jars.fetch(settings, "kafka", tmp_path) == first
    assert (first / "a.jar").exists()
    assert calls.read_text().count("call") == 1
    pom = jars.pom("kafka")
    pom.write_text(pom.read_text().replace("4.1.0", "4.1.1"))
    assert jars.fetch(settings, "kafka", tmp_path) != first
    assert calls.read_text().count("call") == 2


def test_another_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 13, 0, "final", 0))
    with pytest.raises(StackError, match=r"Python 3\.11; this is 3\.13"):
        checks.check_python()


def test_a_full_disk_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")  # noqa: PYI024 - as shutil gives it
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 100, 5 * 2**20))
    with pytest.raises(StackError, match="Only 5 MB are free") as caught:
        checks.check_disk(Settings(home=tmp_path / "not" / "yet"))
    assert "TACTFUL_HOME" in caught.value.cure


def test_too_little_memory_is_a_note_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = namedtuple("memory", "available")  # noqa: PYI024
    parts = Stack(Settings(home=tmp_path)).parts()
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory(2**30))
    assert "1024 MB of memory are free" in str(checks.memory_note(parts))
    assert checks.memory_note([part for part in parts if part.name == "redis"]) is None
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory(2**40))
    assert checks.memory_note(parts) is None


def test_parts_are_not_started_for_another_host(tmp_path: Path) -> None:
    stack = Stack(Settings(home=tmp_path, kafka_host="kafka.example.org"))
    with pytest.raises(StackError, match=r"kafka\.example\.org") as caught:
        stack.up()
    assert "TACTFUL_KAFKA_HOST" in caught.value.cure


def test_an_unknown_part_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="no part 'zookeeper'") as caught:
        Stack(Settings(home=tmp_path)).part("zookeeper")
    assert "kafka" in caught.value.cure
