"""``python -m workshop serve``: the application behind waitress, which runs on every system; in Docker, gunicorn serves it."""

import logging
import socket
from dataclasses import replace
from threading import Thread
from typing import Any

from flask import Flask

from ..base.errors import WorkshopError
from .app import create_app
from .config import Config, from_environment
from .room.gathered import Gathered
from .room.rooms import Rooms

THREADS = 12  # besides those of the readers who wait for a text: each keeps one


def run(
    ip: str = "127.0.0.1",
    port: int = 8080,
    admin: str = "",
    rooms: Rooms | None = None,
    prefix: str = "",
    gathered: Gathered | None = None,
) -> None:
    """Serve until Ctrl-C; port 0 takes any that is free, and the address is printed, with that of each room and of the table.

    ``prefix`` is the path below which a proxy shows the server (``/services/salle``); requests may come with it or without.

    Raises:
        WorkshopError: the port is taken, the environment says something that means nothing, or the database does not answer.
    """
    prefix = "/" + prefix.strip("/") if prefix.strip("/") else ""
    config = from_environment()
    config = replace(config, admin=admin) if admin else config
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # it tells of each request that waits for a thread
    app = create_app(config, rooms=rooms, gathered=gathered)
    server = listening(app, config, ip, port, prefix)
    Thread(target=app.extensions["engine"].warm, daemon=True).start()
    place = address(ip, port_of(server))
    print(f"Le serveur d’histoires est ouvert\u00a0: {place} (Ctrl-C l’arrête)", flush=True)
    for room in rooms or ():
        print(f'La salle, pour les carnets\u00a0: join("{place.removeprefix("http://")}/{room.code}")', flush=True)
        print(f"La salle, pour vous seul\u00a0: {place}{prefix}/salle/{room.code}/animer/{room.secret}", flush=True)
    if gathered is not None:
        print(f"Toutes les salles, pour vous seul\u00a0: {place}{prefix}/salles/animer/{gathered.secret}", flush=True)
    server.run()


def make(
    config: Config, ip: str, port: int, rooms: Rooms | None = None, prefix: str = "", gathered: Gathered | None = None
) -> Any:
    """Return waitress with the application behind it, ready to ``run()``.

    Raises:
        WorkshopError: the address cannot be listened to.
    """
    return listening(create_app(config, rooms=rooms, gathered=gathered), config, ip, port, prefix)


def listening(app: Flask, config: Config, ip: str, port: int, prefix: str = "") -> Any:
    """Return waitress in front of an application, ready to ``run()``.

    Raises:
        WorkshopError: the address cannot be listened to.
    """
    from waitress import create_server

    try:
        return create_server(
            app,
            host=ip,
            port=port,
            url_prefix=prefix,
            threads=THREADS + len(app.extensions["engine"].lines) * (config.limits.queue + 1),
            ident=None,
            connection_limit=400,  # a browser keeps six: waitress's own limit of a hundred would stop a class
            max_request_body_size=4 * config.limits.body,  # beyond what the application refuses in French
            max_request_header_size=32 * 1024,
            channel_request_lookahead=1,  # a reader who leaves is noticed while the text is written
            clear_untrusted_proxy_headers=not config.proxies,  # create_app knows which of them to believe
        )
    except OSError as error:
        raise WorkshopError(
            f"On ne peut pas écouter sur {ip}:{port} ({error.strerror or error})\u00a0: "
            "fermez ce qui s’y trouve, ou choisissez un autre port (--port)."
        ) from error


def port_of(server: Any) -> int:
    """Return where waitress listens; a name of this machine may have several addresses, each with its socket."""
    return int(server.effective_listen[0][1] if hasattr(server, "effective_listen") else server.effective_port)


def address(ip: str, port: int) -> str:
    """Return what to type in a browser, in the room too when the whole room can come."""
    if ip not in ("0.0.0.0", "::"):
        return f"http://{f'[{ip}]' if ':' in ip else ip}:{port}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent: it only asks by which of its addresses this machine would go out
            here = probe.getsockname()[0]
        except OSError:
            here = "127.0.0.1"
    return f"http://{here}:{port}"
