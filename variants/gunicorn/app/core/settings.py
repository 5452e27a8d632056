"""What the service takes from its environment, for gunicorn.conf.py and the application alike."""

import os


def switch(name: str) -> bool:
    """A value that is neither on nor off would measure the other variant under this one's name."""
    text = os.environ.get(name) or "0"
    if text not in ("0", "1"):
        raise ValueError(f"{name}: {text!r} is neither 0 nor 1")
    return text == "1"


def count(name: str, otherwise: int) -> int:
    text = os.environ.get(name) or str(otherwise)
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"{name}: {text!r} is not a whole number above 0")
    return int(text)


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

MAX_REQUESTS = 500 if FIX_RECYCLING else 1000
MAX_WORKER_LIFETIME = 1800 if FIX_RECYCLING else 3600  # gunicorn ignores it, see gunicorn.conf.py

DATABASE_URL = os.environ["DATABASE_URL"]
AI_URL = os.environ["AI_URL"]
AI_CA_PEM = os.environ.get("AI_CA_PEM", "")  # authorities to trust for AI_URL, beside the public ones


def variant() -> dict:
    """The body of GET /variantz, in the words of the Go variants."""
    out = {
        "workers": "cpu+1" if FIX_WORKERS else "cpu*2+1",
        "worker_count": str(WORKERS),
        "cpus": str(CPUS),
        "recycling": f"{MAX_REQUESTS}/{MAX_WORKER_LIFETIME}s",
        "max_worker_lifetime": "ignored",
        "scheduler": "master" if FIX_SCHEDULER else "every-worker",
        "ai_client": "pooled" if FIX_CLIENT else "per-request",
    }
    if PRELOAD:
        out["preload"] = "true"
    if GC_STATS:
        out["gc_stats"] = "true"
    return out
