"""The usage tracking scheduler: every 5 s it rolls the ledger's new rows up."""

import asyncio
import logging
import os
import threading

import asyncpg
from apscheduler.schedulers.background import BackgroundScheduler

from app import crew
from app.core.settings import DATABASE_URL
from app.rollup import roll_up

log = logging.getLogger("gunicorn.error")

EVERY_SECONDS = 5
LIMIT_SECONDS = 10  # for one round, and so the longest that a fork may wait

# Held for a round. A process that is forked in the middle of one would inherit its connection to Postgres; see start().
_round = threading.Lock()


def start(process: str) -> BackgroundScheduler:
    log.info("Starting usage tracking scheduler (%s process)", process)
    # gunicorn forks for as long as it lives, and in the master this thread runs beside that: a fork waits for the round.
    os.register_at_fork(before=_round.acquire, after_in_parent=_round.release, after_in_child=_round.release)
    scheduler = BackgroundScheduler(timezone="UTC")
    scheduler.add_job(_run, "interval", seconds=EVERY_SECONDS, coalesce=True, max_instances=1)
    scheduler.start()
    crew.schedule(True)
    return scheduler


def _run() -> None:
    """All state is in the database, so a round that fails is made up for by the next."""
    try:
        with _round:
            asyncio.run(asyncio.wait_for(track(), LIMIT_SECONDS))
    except Exception as error:
        log.error("Usage tracking failed, trying again in %d s: %r", EVERY_SECONDS, error)


async def track() -> None:
    connection = await asyncpg.connect(DATABASE_URL, timeout=5)
    try:
        async with connection.transaction():
            await _advance(connection)
    finally:
        # Not close(): after a time-out it would wait for a server that does not answer.
        await asyncio.shield(_close(connection))


async def _close(connection) -> None:
    try:
        await connection.close(timeout=1)
    except Exception:
        connection.terminate()


async def _advance(connection) -> None:
    """Adds the rows of the transactions that have ended since the last round, in one transaction with the number up to which
    the rollups are then complete. The row that holds the number is also the lock: trackers advance one after the other, each
    from where the last one stopped. So any number of them may run, each may die at any statement, and a row counts once."""
    before = await connection.fetchval("SELECT before::text::bigint FROM usage_rolled FOR UPDATE")
    # Transactions below the oldest that still runs are over, and their rows are all there.
    upto = await connection.fetchval("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    rows = await connection.fetch(
        "SELECT key_id, model, floor(extract(epoch FROM created_at))::bigint, prompt_tokens, completion_tokens"
        " FROM usage_ledger WHERE tx >= $1::bigint::text::xid8 AND tx < $2::bigint::text::xid8",
        before,
        upto,
    )
    if not rows:
        return  # the number needs no move for nothing: an idle service leaves the database in peace
    sums = roll_up(rows)
    await connection.execute(
        "INSERT INTO usage_rollup (key_id, model, hour, requests, prompt_tokens, completion_tokens)"
        " SELECT k, m, to_timestamp(h * 3600), r, p, c"
        " FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[]) AS u(k, m, h, r, p, c)"
        " ON CONFLICT (key_id, model, hour) DO UPDATE SET requests = usage_rollup.requests + EXCLUDED.requests,"
        " prompt_tokens = usage_rollup.prompt_tokens + EXCLUDED.prompt_tokens,"
        " completion_tokens = usage_rollup.completion_tokens + EXCLUDED.completion_tokens",
        *(sums[name].tolist() for name in ("key_id", "model", "hour", "requests", "prompt_tokens", "completion_tokens")),
    )
    await connection.execute("UPDATE usage_rolled SET before = $1::bigint::text::xid8", upto)
