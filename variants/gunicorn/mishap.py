"""Starts gunicorn and, once it serves, does to it what the guide does not speak of. Each argument is a step, four seconds
after the one before:

    count     what the guide counts workers with: ps aux | grep gunicorn | wc -l
    orphan    SIGKILL to the master
    away      the database goes away for eight seconds

It says so when gunicorn has ended by itself, and stays, so that who measures sees what requests get then. It has to be
the first process of a container: to end, it ends everything around it."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from urllib.parse import urlsplit

STEPS = {"count", "orphan", "away"}
SECONDS = 4
# A worker asks the database up to four seconds after its fork, where three boot at once on two processors: in an
# absence of four, one service of six was lucky.
AWAY_SECONDS = 8
RELAY = ("127.0.0.1", 6432)


class Relay:
    """A way to the database that can be closed: it is the server's absence as the workers see it, refused connections
    included, and no other arm of a run loses its database by it."""

    def __init__(self, server):
        self.server, self.open, self.lock = server, [], threading.Lock()
        self.listen()

    def listen(self):
        self.door = socket.create_server(RELAY, backlog=100)
        threading.Thread(target=self._accept, args=(self.door,), daemon=True).start()

    def close(self):
        with self.lock:
            self.door.shutdown(socket.SHUT_RDWR)
            self.door.close()
            for end in self.open:
                _shut(end)
            self.open = []

    def _accept(self, door):
        while True:
            try:
                near, _ = door.accept()
            except OSError:
                return  # it was closed
            try:
                far = socket.create_connection(self.server)
            except OSError:
                near.close()  # refused here as it was there
                continue
            with self.lock:
                if door is not self.door or door.fileno() < 0:
                    near.close(), far.close()
                    return
                self.open += [near, far]
            for a, b in ((near, far), (far, near)):
                threading.Thread(target=_copy, args=(a, b), daemon=True).start()


def _copy(source, to):
    try:
        while data := source.recv(65536):
            to.sendall(data)
    except OSError:
        pass  # either side is gone, and so is the other
    _shut(source)
    _shut(to)


def _shut(end):
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is shut


def relayed(environ):
    """The environment with the relay for the database, and the relay."""
    url = urlsplit(environ["DATABASE_URL"])
    user = url.netloc.rpartition("@")[0]
    here = url._replace(netloc=f"{user}@{RELAY[0]}:{RELAY[1]}").geturl()
    return {**environ, "DATABASE_URL": here}, Relay((url.hostname, url.port or 5432))


def wait_until_ready(master):
    port = os.environ["GUNICORN_BIND"].rpartition(":")[2]
    while True:
        if master.poll() is not None:
            sys.exit(f"mishap.py: gunicorn ended with status {master.returncode} before it served")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz/ready", timeout=1):
                return
        except OSError:  # which urllib's own errors are
            time.sleep(0.1)


def bury():
    """As the first process of a container it is the parent of all that were orphaned, and ps counts the dead until it
    has asked for their status."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass  # nobody is left


def stop(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        os.kill(-1, signal.SIGTERM)
        while True:
            os.wait()
    except (ProcessLookupError, ChildProcessError):
        os._exit(0)  # nobody is left


def say(words):
    print(words, flush=True)


def main(steps):
    if os.getpid() != 1:
        sys.exit("mishap.py: it ends every process that it may signal; run it as the first process of a container")
    if unknown := set(steps) - STEPS:
        sys.exit(f"mishap.py: no step {', '.join(sorted(unknown))}; there are {', '.join(sorted(STEPS))}")
    signal.signal(signal.SIGTERM, stop)
    environ, relay = relayed(os.environ) if "away" in steps else (os.environ, None)
    master = subprocess.Popen(["gunicorn", "-c", "gunicorn.conf.py", "app.main:app"], env=environ)
    wait_until_ready(master)
    for step in steps:
        time.sleep(SECONDS)
        if step == "count":
            if master.poll() is not None:
                bury()
            # By its input, as a person types it: sh -c would show the words in a line of ps itself.
            typed = subprocess.run(["sh"], input="ps aux | grep gunicorn | wc -l", capture_output=True, text=True, check=True)
            say(f"ps counts {typed.stdout.strip()}")
        elif step == "orphan":
            master.kill()
            master.wait()
            say("the master was killed")
        elif step == "away":
            relay.close()
            say("the database is away")
            time.sleep(AWAY_SECONDS)
            relay.listen()
            say("the database is back")
    # Its own log does not always tell: 20.1 halts for a worker that does not boot, and a second one makes that end in a
    # traceback.
    status = master.wait()
    if "orphan" not in steps:
        say(f"gunicorn ended by itself, with status {status}")
    while True:
        signal.pause()


main(sys.argv[1:])
