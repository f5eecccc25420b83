"""Flink as parts: a JobManager and TaskManagers of one slot each, from the jars of the wheel.

The wheel is left as it is: `<home>/flink` is a Flink home of links, whose lib/ also holds the
Python and Kafka jars. They must be there and not in the job: loaded anew with each job, the Python
jar fails from the second job on.
"""

import importlib.util
import re
import subprocess
import sys
import sysconfig
import threading
from pathlib import Path

import msgspec
import yaml

from deploy.local import jars
from deploy.local.errors import StackError
from deploy.local.part import Command, Part, Port, get, listening_ports
from deploy.settings import HOST, Settings

ENTRY_JOBMANAGER = "org.apache.flink.runtime.entrypoint.StandaloneSessionClusterEntrypoint"
ENTRY_TASKMANAGER = "org.apache.flink.runtime.taskexecutor.TaskManagerRunner"
ENTRY_CLIENT = "org.apache.flink.client.cli.CliFrontend"
LOCKS = {"home": threading.Lock(), "JM": threading.Lock(), "TM": threading.Lock()}
"""The parts start together; what they share is made by the first."""

RESULT_PREFIX = "BASH_JAVA_UTILS_EXEC_RESULT:"

ANYWHERE = "0.0.0.0"  # noqa: S104 - only inside containers, whose network says who gets in

LOG4J = """\
rootLogger.level = INFO
rootLogger.appenderRef.out.ref = {appender}
appender.console.name = console
appender.console.type = Console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{{ISO8601}} %-5p %c{{1}} - %m%n
appender.file.name = file
appender.file.type = RollingFile
appender.file.fileName = ${{sys:log.file}}
appender.file.filePattern = ${{sys:log.file}}.%i
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{{ISO8601}} %-5p %c{{1}} - %m%n
appender.file.policies.type = Policies
appender.file.policies.start.type = OnStartupTriggeringPolicy
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 50MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
logger.kafka.name = org.apache.kafka
logger.kafka.level = WARN
logger.types.name = org.apache.flink.api.java.typeutils
logger.types.level = WARN
logger.pekko.name = org.apache.pekko
logger.pekko.level = WARN
logger.netty.name = org.jboss.netty.channel.DefaultChannelPipeline
logger.netty.level = OFF
"""


def wheel() -> Path:
    """The folder of the installed PyFlink, which holds all of Flink.

    Raises:
        StackError: if PyFlink is not installed.
    """
    found = importlib.util.find_spec("pyflink")  # found, not imported: its import takes a second
    if found is None or found.origin is None:
        raise StackError("PyFlink is not installed.", "Run `make setup`.")
    return Path(found.origin).parent


def java_options() -> str:
    """What Flink's own configuration asks of the Java machine (--add-opens and the like)."""
    defaults = yaml.safe_load((wheel() / "conf" / "config.yaml").read_text())
    return str(defaults["env"]["java"]["opts"]["all"])


def config_yaml(settings: Settings) -> str:
    """Flink's configuration, for the cluster and for the client that submits."""
    rocksdb = settings.state_backend == "rocksdb"
    host, bind = settings.flink_host, HOST if settings.local else ANYWHERE
    values: dict[str, object] = {
        "jobmanager.rpc.address": host,
        "jobmanager.rpc.port": settings.jobmanager_rpc_port,
        "jobmanager.bind-host": bind,
        "blob.server.port": str(settings.jobmanager_blob_port),
        "jobmanager.memory.process.size": f"{settings.jobmanager_memory_mb}m",
        "jobmanager.execution.failover-strategy": "region",
        "rest.address": host,
        "rest.bind-address": bind,
        "rest.port": settings.flink_port,
        "rest.bind-port": str(settings.flink_port),
        "taskmanager.bind-host": bind,
        # One interpreter and one GIL per TaskManager: more slots would only share it.
        "taskmanager.numberOfTaskSlots": 1,
        "taskmanager.memory.process.size": f"{settings.taskmanager_memory_mb}m",
        # Managed memory is RocksDB's; with hashmap the heap holds the state.
        "taskmanager.memory.managed.fraction": 0.35 if rocksdb else 0.05,
        "parallelism.default": 1,
        "state.backend.type": settings.state_backend,
        "execution.checkpointing.storage": "filesystem",
        "execution.checkpointing.dir": settings.checkpoints.as_uri(),
        "execution.checkpointing.savepoint-dir": settings.savepoints.as_uri(),
        "execution.checkpointing.interval": f"{settings.checkpoint_interval_ms} ms",
        "execution.checkpointing.incremental": rocksdb,
        "execution.checkpointing.num-retained": 2,
        "execution.checkpointing.externalized-checkpoint-retention": "RETAIN_ON_CANCELLATION",
        "restart-strategy.type": "fixed-delay",
        "restart-strategy.fixed-delay.attempts": 2_147_483_647,
        "restart-strategy.fixed-delay.delay": f"{settings.restart_delay_ms} ms",
        # A TaskManager that was killed is missed after seconds, not after the minute by default.
        "heartbeat.interval": "2 s",
        "heartbeat.timeout": "20 s",
        # A TaskManager that is up before its JobManager asks again soon, not after 10 s.
        "cluster.registration.error-delay": "500 ms",
        "cluster.registration.refused-registration-delay": "2 s",
        "execution.buffer-timeout.interval": f"{settings.buffer_timeout_ms} ms",
        "pipeline.object-reuse": True,
        "python.execution-mode": "thread",
        "python.executable": sys.executable,
        "python.client.executable": sys.executable,
        # The interpreter inside the Java machine reads no .pth file: name the folders.
        "python.pythonpath": f"{sysconfig.get_paths()['purelib']}:{settings.root}",
        "metrics.reporters": "prom",
        "metrics.reporter.prom.factory.class": (
            "org.apache.flink.metrics.prometheus.PrometheusReporterFactory"
        ),
        "metrics.reporter.prom.port": str(settings.metrics_port),
        "metrics.reporter.prom.filterLabelValueCharacters": False,
        "io.tmp.dirs": str(settings.home / "flink" / "tmp"),
        "web.upload.dir": str(settings.home / "flink" / "upload"),
        "web.submit.enable": False,
        "env.java.opts.all": java_options(),
    }
    if settings.local:
        values["taskmanager.host"] = HOST  # elsewhere each finds its own name
    return yaml.safe_dump(values, sort_keys=False, width=10_000)


def home(settings: Settings) -> Path:
    """The Flink home of links."""
    return settings.home / "flink"


def environment(settings: Settings, java_home: Path) -> dict[str, str]:
    """What Flink's programs and scripts read from the environment."""
    at, origin = home(settings), wheel()
    return {
        "JAVA_HOME": str(java_home),
        "FLINK_HOME": str(at),
        # Or the scripts take the folder behind the links for the home.
        "_FLINK_HOME_DETERMINED": "true",
        "FLINK_CONF_DIR": str(at / "conf"),
        "FLINK_LIB_DIR": str(at / "lib"),
        "FLINK_BIN_DIR": str(at / "bin"),
        "FLINK_OPT_DIR": str(origin / "opt"),
        "FLINK_PLUGINS_DIR": str(origin / "plugins"),
        "FLINK_LOG_DIR": str(settings.logs),
        "FLINK_PID_DIR": str(settings.run),
        "FLINK_IDENT_STRING": "tactful",
    }


def link_home(settings: Settings) -> None:
    """Make the Flink home of links, or bring it up to date after an upgrade of the wheel."""
    at, origin = home(settings), wheel()
    wanted = {at / "bin": origin / "bin"}
    sources = [
        *origin.glob("lib/*.jar"),
        *origin.glob("opt/flink-python-*.jar"),
        *jars.folder(settings, "flink").glob("*.jar"),
    ]
    wanted.update({at / "lib" / source.name: source for source in sources})
    for folder in (at / "lib", at / "conf", at / "tmp", at / "upload"):
        folder.mkdir(parents=True, exist_ok=True)
    for link in (at / "lib").iterdir():
        if link not in wanted:
            link.unlink()
    for link, target in wanted.items():
        if link.is_symlink() and link.readlink() == target:
            continue
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def parts(settings: Settings, task_managers: int) -> list[Part]:
    """The JobManager and so many TaskManagers, ready to be started."""
    return [jobmanager(settings), *(taskmanager(settings, n) for n in range(1, task_managers + 1))]


def jobmanager(settings: Settings) -> Part:
    """The JobManager with its web page."""
    return Part(
        name="jobmanager",
        title="Flink JobManager",
        address=settings.flink_url,
        ports=(
            Port(setting="flink_port", number=settings.flink_port),
            Port(setting="jobmanager_rpc_port", number=settings.jobmanager_rpc_port),
            Port(setting="jobmanager_blob_port", number=settings.jobmanager_blob_port),
            Port(setting="metrics_port", number=settings.metrics_port),
        ),
        files=_files(settings),
        command=lambda java_home: _command(settings, java_home, "jobmanager", "JM", {}),
        ready=lambda _pid: get(settings.flink_port, "/overview") is not None,
        memory_mb=settings.jobmanager_memory_mb,
        log=settings.logs / "jobmanager.out",
        cwd=home(settings),
        jars=("flink", "agent"),
    )


def taskmanager(settings: Settings, number: int, name: str | None = None) -> Part:
    """TaskManager `number` (1, 2, …); its name is `taskmanager-<number>` unless it is given."""
    name = name or f"taskmanager-{number}"
    port = settings.taskmanager_metrics_port(number)
    dynamic = {
        # A name of its own: status can tell which process it is, and after a crash the new one
        # takes the place of the old at once.
        "taskmanager.resource-id": name,
        "metrics.reporter.prom.port": str(port),
    }

    def ready(pid: int) -> bool:
        page = get(settings.flink_port, "/taskmanagers")
        known = msgspec.json.decode(page)["taskmanagers"] if page else []
        paths = [manager["path"] for manager in known if manager["id"] == name]
        # For a while the JobManager still lists one that was killed: is it this process it means?
        return any(_port_of(path) in listening_ports(pid) for path in paths)

    return Part(
        name=name,
        title=f"Flink TaskManager {number}",
        address=f"http://{HOST}:{port}/metrics",
        ports=(Port(setting="metrics_port", number=port),),
        files=_files(settings),
        command=lambda java_home: _command(settings, java_home, name, "TM", dynamic),
        ready=ready,
        memory_mb=settings.taskmanager_memory_mb + 256,  # and Python's own
        log=settings.logs / f"{name}.out",
        cwd=home(settings),
        jars=("flink", "agent"),
    )


def _port_of(path: str) -> int:
    """The port in an address such as `pekko.tcp://flink@127.0.0.1:35155/user/rpc/…`."""
    found = re.search(r":(\d+)/", path)
    return int(found.group(1)) if found else 0


def _files(settings: Settings) -> dict[Path, str]:
    conf = home(settings) / "conf"
    log4j = LOG4J.format(appender="file" if settings.local else "console")
    return {
        conf / "config.yaml": config_yaml(settings),
        conf / "log4j-console.properties": log4j,
    }


def _command(
    settings: Settings, java_home: Path, name: str, kind: str, dynamic: dict[str, str]
) -> Command:
    with LOCKS["home"]:
        link_home(settings)
    with LOCKS[kind]:
        jvm, sizes = _resources(settings, java_home, kind)
    argv = [
        *_java(settings, java_home, name, [*jvm, "-XX:+UseG1GC", *_loopback_agent(settings)]),
        ENTRY_JOBMANAGER if kind == "JM" else ENTRY_TASKMANAGER,
        *("--configDir", str(home(settings) / "conf")),
        *sizes,
    ]
    for key, value in dynamic.items():
        argv += ["-D", f"{key}={value}"]
    return Command(argv=argv, env=environment(settings, java_home))


def client_command(settings: Settings, java_home: Path) -> Command:
    """Flink's command line, without the words after it.

    As `bin/flink` runs it, save that the script starts Java twice before, to read the
    configuration, and does not bear a space in the home's path.
    """
    jobmanager(settings).write_files()
    with LOCKS["home"]:
        link_home(settings)
    argv = [*_java(settings, java_home, "flink-client", []), ENTRY_CLIENT]
    env = {
        **environment(settings, java_home),
        **settings.environment(),
        "PYTHONPATH": str(settings.root),
    }
    return Command(argv=argv, env=env)


def _java(settings: Settings, java_home: Path, log: str, options: list[str]) -> list[str]:
    """Java with Flink's jars, up to the class to run."""
    lib, log4j = home(settings) / "lib", home(settings) / "conf" / "log4j-console.properties"
    classpath = sorted(lib.glob("*.jar"), key=lambda jar: ("flink-dist" in jar.name, jar.name))
    return [
        str(java_home / "bin" / "java"),
        *options,
        *java_options().split(),
        f"-Dlog.file={settings.logs / log}.log",
        f"-Dlog4j.configurationFile={log4j.as_uri()}",
        *("-classpath", ":".join(map(str, classpath))),
    ]


def _loopback_agent(settings: Settings) -> list[str]:
    """The option that keeps the metrics server on loopback."""
    if not settings.local:
        return []
    (byteman,) = jars.folder(settings, "agent").glob("byteman-*.jar")
    rule = jars.POMS / "agent" / "loopback.btm"
    return [f"-javaagent:{byteman}=script:{rule},boot:{byteman}"]


def _resources(settings: Settings, java_home: Path, kind: str) -> tuple[list[str], list[str]]:
    """The Java machine's sizes and Flink's own, worked out by Flink from its configuration.

    Its start scripts ask the same at each start, for two seconds of a core; the answer depends on
    the configuration alone, so it is kept.
    """
    config = home(settings) / "conf" / "config.yaml"
    kept = home(settings) / f"resources-{kind}.json"
    key = config.read_text()
    if kept.exists():
        answer = msgspec.json.decode(kept.read_bytes(), type=dict[str, str])
        if answer.get("config") == key:
            return answer["jvm"].split(), answer["sizes"].split()
    (dist,) = (home(settings) / "lib").glob("flink-dist-*.jar")
    argv = [
        str(java_home / "bin" / "java"),
        *("-cp", f"{wheel() / 'bin' / 'bash-java-utils.jar'}:{dist}"),
        *("org.apache.flink.runtime.util.bash.BashJavaUtils", f"GET_{kind}_RESOURCE_PARAMS"),
        *("--configDir", str(config.parent)),
    ]
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120)
    lines = [
        line.removeprefix(RESULT_PREFIX)
        for line in done.stdout.splitlines()
        if line.startswith(RESULT_PREFIX)
    ]
    if done.returncode != 0 or len(lines) != 2:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise StackError(
            f"Flink refuses its configuration:\n{said}",
            "Look at the memory settings (taskmanager_memory_mb, jobmanager_memory_mb).",
        )
    kept.write_bytes(
        msgspec.json.encode({"config": key, "jvm": lines[0], "sizes": lines[1]}),
    )
    return lines[0].split(), lines[1].split()
