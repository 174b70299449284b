"""A small API: reads and counts in Redis, and looks whether PostgreSQL can be reached."""
import json
import os
import signal
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

RELEASE = json.loads(Path("release.json").read_text())
VERSION, FAULTS = RELEASE["version"], RELEASE.get("faults", 0)
DATABASE = (os.environ.get("DATABASE_HOST", "db"), 5432)
CACHE = (os.environ.get("CACHE_HOST", "cache"), 6379)


def visit() -> int:
    with socket.create_connection(CACHE, 2) as cache:
        cache.sendall(b"INCR visits\r\n")
        return int(cache.recv(64).split(b"\r\n")[0].lstrip(b":"))


class Share:
    """Spread evenly, so that a share of few requests is that share."""

    def __init__(self) -> None:
        self.served, self.lock = 0, threading.Lock()

    def breaks(self) -> bool:
        with self.lock:
            self.served += 1
            return int(self.served * FAULTS) > int((self.served - 1) * FAULTS)


SHARE = Share()


class Api(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body leave in two writes, which the kernel would else hold back.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        try:
            if self.path == "/health":
                socket.create_connection(DATABASE, 2).close()
                self.answer(200, {"status": "ok", "version": VERSION, "database": "reached"})
            elif self.path == "/visits":
                self.answer(200, {"version": VERSION, "visits": visit()})
            else:
                self.answer(500 if SHARE.breaks() else 200, {"version": VERSION})
        except OSError as error:
            self.answer(503, {"status": "failed", "version": VERSION, "error": str(error)})

    def answer(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


# Python waits with five connections unless told otherwise; what people run in production has more room.
ThreadingHTTPServer.request_queue_size = 128
server = ThreadingHTTPServer(("0.0.0.0", 8000), Api)
server.daemon_threads = True
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
server.serve_forever()
