"""One uvicorn process: TLS 1.3 where there is a certificate, no access log, no server banner."""

import ssl

import uvicorn
from fastapi import FastAPI

from api.settings import ApiSettings


def server_of(app: FastAPI, settings: ApiSettings) -> uvicorn.Server:
    """The server, not yet running."""
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        # Its access log has paths, and so users' ids; ours has templates.
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=15,
        backlog=2_048,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )
    config.load()
    if config.ssl is not None:
        config.ssl.minimum_version = ssl.TLSVersion.TLSv1_3
    return uvicorn.Server(config)
