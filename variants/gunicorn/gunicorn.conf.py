"""The guide's gunicorn.conf.py, before and after: app/core/settings.py says which of the two each line is."""

import os
import resource

from app import crew
from app.core import settings

crew.master = os.getpid()

# gunicorn reads neither GUNICORN_WORKERS nor GUNICORN_BIND itself.
bind = settings.BIND
workers = settings.WORKERS
worker_class = "uvicorn.workers.UvicornWorker"
preload_app = settings.PRELOAD

max_requests = settings.MAX_REQUESTS
# The guide sets no jitter: nothing keeps workers that began together from being recycled together.
max_requests_jitter = settings.MAX_REQUESTS_JITTER

# The guide's line, and no setting of gunicorn: it drops names that it doesn't know, and no worker was ever recycled by it.
# (It is uWSGI's max-worker-lifetime.)
max_worker_lifetime = settings.MAX_WORKER_LIFETIME

# Heartbeat files must be in memory, or a busy disk gets workers killed; and it is the one place to write in a container
# whose file system is read-only.
worker_tmp_dir = "/dev/shm"


def when_ready(server):
    """Runs in the master, before the first fork. It is the place for a scheduler that should run once: main.py runs in the
    workers, where a comparison of pids starts none and a look at the process's name starts one in each."""
    crew.want(server.num_workers)
    if settings.FIX_SCHEDULER and not settings.SCHEDULER_CHECK:
        from app import scheduler  # numpy and pandas with it

        scheduler.start("master")


def nworkers_changed(server, new_value, old_value):
    crew.want(new_value)


def pre_fork(server, worker):
    worker.crew_slot = crew.claim()


def child_exit(server, worker):
    crew.release(worker.crew_slot)


def worker_exit(server, worker):
    """The guide's. Runs in the worker; in a master that halts, too, for one that is gone, and gives the master's figure."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    server.log.info(f"Worker {worker.pid} exited. Memory used: {usage.ru_maxrss / 1024:.2f} MB")
