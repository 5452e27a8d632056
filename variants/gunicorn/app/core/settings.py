"""What the service takes from its environment, for gunicorn.conf.py and the application alike."""

import os


def switch(name: str) -> bool:
    """A value that is neither on nor off would measure the other variant under this one's name."""
    text = os.environ.get(name) or "0"
    if text not in ("0", "1"):
        raise ValueError(f"{name}: {text!r} is neither 0 nor 1")
    return text == "1"


def count(name: str, otherwise: int, least: int = 1) -> int:
    text = os.environ.get(name) or str(otherwise)
    if not text.isdecimal() or int(text) < least:
        raise ValueError(f"{name}: {text!r} is not a whole number from {least} on")
    return int(text)


def one_of(name: str, known: tuple) -> str:
    text = os.environ.get(name, "")
    if text not in known:
        raise ValueError(f"{name}: {text!r} is none of {known}")
    return text


# The four causes of the guide: 0 is its "Before", 1 its "After".
FIX_WORKERS = switch("FIX_WORKERS")
FIX_RECYCLING = switch("FIX_RECYCLING")
FIX_SCHEDULER = switch("FIX_SCHEDULER")
FIX_CLIENT = switch("FIX_CLIENT")

# Its further advice.
PRELOAD = switch("PRELOAD")
GC_STATS = switch("GC_STATS")

# os.cpu_count() is the machine's and knows no container, so the limit comes in the variable that the Go variants read.
CPUS = count("GOMAXPROCS", os.cpu_count() or 1)
WORKERS = count("GUNICORN_WORKERS", CPUS + 1 if FIX_WORKERS else CPUS * 2 + 1)
BIND = os.environ.get("GUNICORN_BIND") or "0.0.0.0:8000"

# 0 is never; the jitter is no advice of the guide.
MAX_REQUESTS = count("MAX_REQUESTS", 500 if FIX_RECYCLING else 1000, least=0)
MAX_REQUESTS_JITTER = count("MAX_REQUESTS_JITTER", 0, least=0)
MAX_WORKER_LIFETIME = count("MAX_WORKER_LIFETIME", 1800 if FIX_RECYCLING else 3600)  # gunicorn ignores it, see gunicorn.conf.py

# How main.py finds out whether it runs in the master, where the guide's third change is made there: by a comparison of
# pids, or by the process's name. Both are mistakes, kept to be measured; without either FIX_SCHEDULER uses when_ready.
SCHEDULER_CHECK = one_of("SCHEDULER_CHECK", ("", "pid", "name"))
if SCHEDULER_CHECK and not FIX_SCHEDULER:
    raise ValueError("SCHEDULER_CHECK: needs FIX_SCHEDULER=1, whose place it takes")

# Whether a worker asks the database before it serves, as many do, and so does not boot while it is away.
CONNECT_AT_START = switch("CONNECT_AT_START")

DATABASE_URL = os.environ["DATABASE_URL"]
AI_URL = os.environ["AI_URL"]
AI_CA_PEM = os.environ.get("AI_CA_PEM", "")  # authorities to trust for AI_URL, beside the public ones


def scheduler() -> str:
    if SCHEDULER_CHECK:
        return f"main.py, by {SCHEDULER_CHECK}"
    return "master" if FIX_SCHEDULER else "every-worker"


def variant() -> dict:
    """The body of GET /variantz, in the words of the Go variants."""
    out = {
        "workers": "cpu+1" if FIX_WORKERS else "cpu*2+1",
        "worker_count": str(WORKERS),
        "cpus": str(CPUS),
        "recycling": f"{MAX_REQUESTS}/{MAX_WORKER_LIFETIME}s",
        "max_worker_lifetime": "ignored",
        "scheduler": scheduler(),
        "ai_client": "pooled" if FIX_CLIENT else "per-request",
    }
    if MAX_REQUESTS_JITTER:
        out["recycling_jitter"] = str(MAX_REQUESTS_JITTER)
    if PRELOAD:
        out["preload"] = "true"
    if GC_STATS:
        out["gc_stats"] = "true"
    if CONNECT_AT_START:
        out["connects"] = "at start"
    return out
