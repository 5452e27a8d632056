"""The workers' side of the database: who may ask, and what was answered."""

import hashlib

import asyncpg
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.settings import DATABASE_URL

# What a database that is away raises: SQLAlchemy wraps asyncpg's errors, but for those of opening a connection.
AWAY = (SQLAlchemyError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError)


def asyncpg_url(url: str):
    """asyncpg knows libpq's sslmode, but SQLAlchemy passes it on as an argument, whose name is ssl."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1)).set(drivername="postgresql+asyncpg")
    query = dict(parsed.query)
    if "sslmode" in query:
        query["ssl"] = query.pop("sslmode")
    return parsed.set(query=query)


# The guide's settings. They hold for each worker, so five workers may open 75 connections. The first one is opened by the
# first request that needs it: with preload_app this line runs in the master, and a connection made there would be shared.
engine = create_async_engine(
    asyncpg_url(DATABASE_URL),
    pool_size=5,
    max_overflow=10,
    pool_recycle=3600,
    pool_pre_ping=True,
)


async def authorize(token: str, request_id: str):
    """The id of an API key and whether it has such a request in the ledger; None for an unknown key."""
    query = text(
        "SELECT id, EXISTS (SELECT FROM usage_ledger WHERE key_id = api_keys.id AND request_id = :request) AS answered"
        " FROM api_keys WHERE digest = :digest"
    )
    async with engine.connect() as connection:
        found = await connection.execute(query, {"digest": hashlib.sha256(token.encode()).digest(), "request": request_id})
        return found.first()


async def add(key: int, request_id: str, model: str, prompt_tokens: int, completion_tokens: int) -> bool:
    """Commits a row of the ledger and says whether it is new: what is there already is not billed again."""
    insert = text(
        "INSERT INTO usage_ledger (key_id, request_id, model, prompt_tokens, completion_tokens)"
        " VALUES (:key, :request, :model, :prompt, :completion) ON CONFLICT (key_id, request_id) DO NOTHING RETURNING 1"
    )
    values = {"key": key, "request": request_id, "model": model, "prompt": prompt_tokens, "completion": completion_tokens}
    async with engine.begin() as connection:
        added = (await connection.execute(insert, values)).first() is not None
    return added


async def usage(key: int) -> list:
    """What a key has used of each model: the rollups and, seen at the same instant, the rows that are not in them yet."""
    query = text(
        "SELECT model, sum(n)::bigint AS requests, sum(p)::bigint AS prompt_tokens, sum(c)::bigint AS completion_tokens FROM ("
        " SELECT model, requests AS n, prompt_tokens AS p, completion_tokens AS c FROM usage_rollup WHERE key_id = :key"
        " UNION ALL"
        " SELECT model, 1, prompt_tokens, completion_tokens FROM usage_ledger"
        " WHERE key_id = :key AND tx >= (SELECT before FROM usage_rolled)"
        ") AS both_parts GROUP BY model ORDER BY model"
    )
    async with engine.connect() as connection:
        return [dict(row) for row in (await connection.execute(query, {"key": key})).mappings()]


async def ping() -> None:
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
