"""Cassandra as a part: one node, data under `<home>/cassandra`, remote JMX off."""

from pathlib import Path

import yaml

from deploy.local import jars
from deploy.local.part import Command, Part, Port, ask
from deploy.settings import HOST, Settings

OPTIONS_FRAME = bytes.fromhex("04 00 0000 05 00000000")
"""CQL's `OPTIONS` (protocol 4); a node that serves clients answers SUPPORTED."""

SUPPORTED = 0x06

EXPORTS = (
    "java.base/jdk.internal.misc",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.sql/java.sql",
    "java.base/java.lang.ref",
    "jdk.unsupported/sun.misc",
)
OPENS = (
    "java.base/java.lang.module",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.util.jar",
    "jdk.management/com.sun.management.internal",
    "java.base/sun.nio.ch",
    "java.base/java.io",
    "java.base/java.nio",
    "java.base/java.net",
    "java.base/java.lang",
    "java.base/java.lang.ref",
    "java.base/java.lang.reflect",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
)

LOGBACK = """\
<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender">
    <encoder><pattern>%date{ISO8601} %-5level %logger{0} - %msg%n</pattern></encoder>
  </appender>
  <logger name="org.apache.cassandra" level="INFO"/>
  <logger name="org.apache.cassandra.service.StartupChecks" level="ERROR"/>
  <logger name="org.apache.cassandra.config" level="WARN"/>
  <logger name="org.apache.cassandra.db.compaction" level="WARN"/>
  <logger name="org.apache.cassandra.io.sstable" level="WARN"/>
  <logger name="io.netty" level="WARN"/>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
"""


def cassandra_yaml(settings: Settings) -> str:
    """The node's configuration."""
    data = settings.home / "cassandra" / "data"
    storage = settings.cassandra_storage_port
    values = {
        "cluster_name": "tactful",
        "num_tokens": 1,
        "partitioner": "org.apache.cassandra.dht.Murmur3Partitioner",
        "endpoint_snitch": "SimpleSnitch",
        "seed_provider": [
            {
                "class_name": "org.apache.cassandra.locator.SimpleSeedProvider",
                "parameters": [{"seeds": f"{HOST}:{storage}"}],
            }
        ],
        "listen_address": HOST,
        "rpc_address": HOST,
        "storage_port": storage,
        "native_transport_port": settings.cassandra_port,
        "start_native_transport": True,
        "authenticator": "AllowAllAuthenticator",
        "authorizer": "AllowAllAuthorizer",
        "role_manager": "CassandraRoleManager",
        "data_file_directories": [str(data / "data")],
        "commitlog_directory": str(data / "commitlog"),
        "saved_caches_directory": str(data / "saved_caches"),
        "hints_directory": str(data / "hints"),
        "cdc_raw_directory": str(data / "cdc_raw"),
        "commitlog_sync": "periodic",
        "commitlog_sync_period": "1000ms",
        "commitlog_segment_size": "16MiB",
        "commitlog_total_space": "256MiB",
        "memtable_heap_space": "96MiB",
        "memtable_offheap_space": "96MiB",
        "file_cache_size": "32MiB",
        "networking_cache_size": "16MiB",
        "key_cache_size": "16MiB",
        "concurrent_reads": 8,
        "concurrent_writes": 16,
        "concurrent_compactors": 1,
        "auto_snapshot": False,
        "dynamic_snitch": False,
        "hinted_handoff_enabled": False,
    }
    return yaml.safe_dump(values, sort_keys=False)


def part(settings: Settings) -> Part:
    """Cassandra, ready to be started."""
    folder = settings.home / "cassandra"
    config, logback = folder / "cassandra.yaml", folder / "logback.xml"

    def command(java_home: Path) -> Command:
        lib = jars.folder(settings, "cassandra")
        (jamm,) = lib.glob("jamm-*.jar")
        temporary = folder / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        argv = [
            str(java_home / "bin" / "java"),
            f"-Xms{settings.cassandra_heap_mb}m",
            f"-Xmx{settings.cassandra_heap_mb}m",
            "-XX:+ExitOnOutOfMemoryError",
            f"-javaagent:{jamm}",
            *(f"--add-exports={name}=ALL-UNNAMED" for name in EXPORTS),
            *(f"--add-opens={name}=ALL-UNNAMED" for name in OPENS),
            f"-Dcassandra.config={config.as_uri()}",
            f"-Dcassandra.storagedir={folder / 'data'}",
            f"-Dlogback.configurationFile={logback.as_uri()}",
            f"-Djava.io.tmpdir={temporary}",
            f"-Djna.tmpdir={temporary}",
            "-Djdk.attach.allowAttachSelf=true",
            "-Dio.netty.tryReflectionSetAccessible=true",
            # A single node has no ring to wait for.
            "-Dcassandra.ring_delay_ms=0",
            "-Dcassandra.skip_wait_for_gossip_to_settle=0",
            "-Dcassandra.superuser_setup_delay_ms=0",
            "-Dcassandra-foreground=yes",
            *("-cp", f"{lib}/*", "org.apache.cassandra.service.CassandraDaemon"),
        ]
        return Command(argv=argv)

    def ready(_pid: int) -> bool:
        answer = ask(settings.cassandra_port, OPTIONS_FRAME)
        return len(answer) > 4 and answer[4] == SUPPORTED

    return Part(
        name="cassandra",
        title="Cassandra",
        address=f"{HOST}:{settings.cassandra_port}",
        ports=(
            Port(setting="cassandra_port", number=settings.cassandra_port),
            Port(setting="cassandra_storage_port", number=settings.cassandra_storage_port),
        ),
        files={config: cassandra_yaml(settings), logback: LOGBACK},
        command=command,
        ready=ready,
        log=settings.logs / "cassandra.log",
        cwd=folder,
        jars=("cassandra",),
        sizes=(settings.cassandra_heap_mb,),
        memory_mb=settings.cassandra_heap_mb + 512,
        stop_timeout_s=30.0,
    )
