"""A small server that speaks the protocol of the Hub, as far as sending a model goes: who am I, a repository, files, one version.

What is sent as a large file goes by LFS (batch, upload, verify), the rest in the commit itself.  The real Hub also has Xet, a
binary protocol of its own, which this server does not speak.
"""

import base64
import hashlib
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

GOOD = "hf_" + "Good" * 8


@dataclass
class Hub:
    """What the server holds, and how it is to behave."""

    address: str = ""
    account: str = "alice"
    repositories: dict[str, dict[str, bytes]] = field(default_factory=dict)  #: name -> the files of its last version
    private: dict[str, bool] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)  #: by SHA-256, sent by LFS
    asked: list[str] = field(default_factory=list)  #: method and path of every request
    fails: dict[str, int] = field(default_factory=dict)  #: a piece of a path -> the error that it answers
    silent: threading.Event = field(default_factory=threading.Event)  #: set: whoever asks waits until it is cleared


class Handler(BaseHTTPRequestHandler):
    hub: Hub

    def log_message(self, *_) -> None:
        pass

    def do_GET(self) -> None:
        self._handle()

    do_POST = do_PUT = do_GET

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            pieces = []
            while size := int(self.rfile.readline().strip() or b"0", 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(pieces)
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def _answer(self, status: int, found: object = None, **headers: str) -> None:
        body = json.dumps(found).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _handle(self) -> None:
        hub, body, path = self.hub, self._body(), self.path.partition("?")[0]
        hub.asked.append(f"{self.command} {path}")
        while hub.silent.is_set():
            threading.Event().wait(0.05)
        for piece, status in hub.fails.items():
            if piece in path:
                return self._answer(status, {"error": "no"})
        if path.startswith("/lfs/"):  # as on S3, the address itself is the permission
            oid = path.rpartition("/")[2]
            if hashlib.sha256(body).hexdigest() != oid:
                return self._answer(400)
            hub.large[oid] = body
            return self._answer(200)
        if self.headers.get("Authorization") != f"Bearer {GOOD}":
            return self._answer(401, {"error": "Invalid"}, X_Error_Message="Invalid credentials in Authorization header")
        if path == "/api/whoami-v2":
            return self._answer(200, {"type": "user", "name": hub.account})
        data = json.loads(body) if body[:1] == b"{" and "/commit/" not in path else None
        if path == "/api/repos/create":
            return self._create(data)
        if path == "/api/validate-yaml":
            good = data["content"].startswith("---\n") and "license:" in data["content"]
            return self._answer(200 if good else 400, {"errors": [] if good else [{"message": "license"}], "warnings": []})
        if found := re.fullmatch(r"/api/models/(.+)/preupload/main", path):
            return self._preupload(found[1], data)
        if found := re.fullmatch(r"/(.+)\.git/info/lfs/objects/batch", path):
            return self._batch(data)
        if found := re.fullmatch(r"/api/models/(.+)/commit/main", path):
            return self._commit(found[1], body)
        return self._answer(404)

    def _create(self, data: dict) -> None:
        owner = data.get("organization") or self.hub.account
        name = f"{owner}/{data['name']}"
        if owner != self.hub.account:
            return self._answer(403, {"error": "no"}, X_Error_Message="You don't have the rights to create a model")
        if name in self.hub.repositories:
            return self._answer(409, {"error": "exists", "url": f"{self.hub.address}/{name}"})
        self.hub.repositories[name] = {}
        self.hub.private[name] = data.get("private") or data.get("visibility") == "private"
        return self._answer(200, {"url": f"{self.hub.address}/{name}"})

    def _preupload(self, name: str, data: dict) -> None:
        if name not in self.hub.repositories:
            return self._answer(404, {}, X_Error_Code="RepoNotFound")
        modes = [
            {
                "path": one["path"],
                "uploadMode": "lfs" if one["path"].endswith(".safetensors") else "regular",
                "shouldIgnore": False,
            }
            for one in data["files"]
        ]
        return self._answer(200, {"files": modes})

    def _batch(self, data: dict) -> None:
        place = f"{self.hub.address}/lfs"
        objects = [{**one, "actions": {"upload": {"href": f"{place}/{one['oid']}"}}} for one in data["objects"]]
        return self._answer(200, {"transfer": "basic", "objects": objects})

    def _commit(self, name: str, body: bytes) -> None:
        files: dict[str, bytes] = dict(self.hub.repositories[name])
        for line in map(json.loads, body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = self.hub.large[value["oid"]]
        self.hub.repositories[name] = files
        return self._answer(200, {"commitUrl": f"{self.hub.address}/{name}/commit/{'0' * 40}", "commitOid": "0" * 40})


@contextmanager
def running() -> Iterator[Hub]:
    """Run such a server on a free port of this machine."""
    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Handler,), {"hub": hub}))
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        hub.silent.clear()
        server.shutdown()
        server.server_close()
        thread.join()
