"""An AI gateway: it answers chat requests with an AI provider's words and bills them in a ledger."""

import gc
import json
import logging
import multiprocessing
import os
import re
import secrets
from typing import Literal

import httpx
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Extra, StrictStr, conint, validator
from starlette.exceptions import HTTPException

from app import crew
from app.core import database, settings
from app.utils import ai

log = logging.getLogger("gunicorn.error")
app = FastAPI()

CLIENT_GONE = 499  # nginx's; nobody reads it
MAX_REQUEST_ID = 128

# Billionths of a dollar per token of prompt and answer.
PRICES = {"gpt-3.5-turbo": (500, 1_500), "gpt-4": (30_000, 60_000), "gpt-4-turbo": (10_000, 30_000)}

# Every exchange of the worker's life, by key and request id, so that a client that repeats a request because its connection
# broke gets the same answer and is billed once. Nothing evicts: this is how a worker's memory grows, and what recycling bounds.
answers = {}


class ChatRequest(BaseModel):
    model: Literal["gpt-3.5-turbo", "gpt-4", "gpt-4-turbo"]
    prompt: StrictStr
    max_tokens: conint(strict=True, ge=1, le=4096) = 512

    class Config:
        extra = Extra.forbid  # a misspelt max_tokens would cost its sender money

    @validator("prompt")
    def says_something(cls, prompt):
        if not prompt.strip():
            raise ValueError("the prompt is empty")
        return prompt


class Problem(Exception):
    def __init__(self, status: int, says: str):
        self.status, self.says = status, says


def failed(request: Request, status: int, says: str) -> JSONResponse:
    named = getattr(request.state, "request_id", None)
    return JSONResponse({"error": says}, status, headers={"X-Request-Id": named} if named else None)


@app.exception_handler(Problem)
async def on_problem(request: Request, problem: Problem):
    if problem.status >= 500:
        log.error("Request failed: %s %d %s %r", request.url.path, problem.status, problem.says, problem.__cause__)
    return failed(request, problem.status, problem.says)


@app.exception_handler(RequestValidationError)
async def on_invalid(request: Request, error: RequestValidationError):
    return failed(request, 400, "the body is not a chat request: " + "; ".join(e["msg"] for e in error.errors()))


@app.exception_handler(HTTPException)
async def on_http(request: Request, error: HTTPException):
    return failed(request, error.status_code, error.detail)


async def on_database(request: Request, error: Exception):
    log.error("Request failed: %s 503 %r", request.url.path, error)
    return failed(request, 503, "the database is away")


for kind in database.AWAY:
    app.add_exception_handler(kind, on_database)


@app.on_event("startup")
async def startup():
    if settings.GC_STATS:
        gc.set_debug(gc.DEBUG_STATS)
    if settings.CONNECT_AT_START:
        await database.ping()
    await ai.open_client()
    app.state.scheduler = None
    if starts_scheduler():
        from app import scheduler  # see app/rollup.py

        app.state.scheduler = scheduler.start("worker")
    else:
        log.info("Skipping scheduler in worker process")
    crew.say(crew.READY)


def starts_scheduler() -> bool:
    """The guide's third change is one "in main.py", to a scheduler that runs "in the master process". This code runs in
    workers alone, so neither of the two checks for the master that people write here finds it: the pids are never equal,
    and the name, which a plain fork leaves as it was, always is."""
    if settings.SCHEDULER_CHECK == "pid":
        return os.getpid() == crew.master
    if settings.SCHEDULER_CHECK == "name":
        return multiprocessing.current_process().name == "MainProcess"
    return not settings.FIX_SCHEDULER


@app.on_event("shutdown")
async def shutdown():
    crew.say(crew.LEAVING)
    if app.state.scheduler:
        app.state.scheduler.shutdown(wait=False)
        crew.schedule(False)
    await ai.close_client()
    await database.engine.dispose()


async def request_id(request: Request) -> str:
    """The client's X-Request-Id or, where it sent none, a new one."""
    named = request.headers.get("X-Request-Id") or secrets.token_hex(13)
    if len(named) > MAX_REQUEST_ID or not re.fullmatch(r"[!-~]+", named):
        raise Problem(400, f"X-Request-Id: want at most {MAX_REQUEST_ID} printable ASCII characters")
    request.state.request_id = named
    return named


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem(401, "want Authorization: Bearer KEY")
    return token


async def authorized(token: str, named: str):
    found = await database.authorize(token, named)
    if found is None:
        raise Problem(401, "unknown API key")
    return found


async def chat_key(named: str = Depends(request_id), token: str = Depends(bearer)):
    return await authorized(token, named)


@app.post("/v1/chat")
async def chat(request: Request, asked: ChatRequest, named: str = Depends(request_id), key=Depends(chat_key)):
    """A repeated request gets the answer that it got, where this worker gave it, and 409 where another did: as the Go
    service's answerOnce, which says why."""
    body = repeated(key.id, named, asked)
    if body is None:
        if key.answered:
            raise Problem(409, "this request id was already answered, by another worker or to another prompt")
        body = await answer(request, asked, named, key.id)
    return Response(body, media_type="application/json", headers={"X-Request-Id": named})


def repeated(key: int, named: str, asked: ChatRequest):
    before, body = answers.get((key, named), (None, None))
    return body if before == asked else None


async def answer(request: Request, asked: ChatRequest, named: str, key: int) -> bytes:
    text, tokens = await completion(asked)
    used = {"prompt_tokens": count_tokens(asked.prompt), "completion_tokens": tokens}
    # Encoded by hand: one request, one answer, byte for byte, in whichever variant. The passages are the Go service's.
    body = json.dumps(
        {"id": named, "model": asked.model, "answer": text, "passages": [], "usage": used}, separators=(",", ":")
    ).encode()
    # A client that has left by now is not billed. After this the row stays, whatever becomes of the answer.
    if await request.is_disconnected():
        raise Problem(CLIENT_GONE, "client gone")
    if not await database.add(key, named, asked.model, **used):
        # The same request was answered meanwhile.
        body = repeated(key, named, asked)
        if body is None:
            raise Problem(409, "this request id was already answered, by another worker or to another prompt")
        return body
    answers[key, named] = (asked, body)
    return body


async def completion(asked: ChatRequest):
    try:
        return await ai.complete(asked.model, asked.prompt, asked.max_tokens)
    except httpx.TimeoutException as error:
        raise Problem(504, "the AI upstream is too slow") from error
    except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
        raise Problem(502, "the AI upstream failed") from error


def count_tokens(prompt: str) -> int:
    """Words and marks. The provider's vocabulary, by which the Go service counts, is in no Debian package."""
    return len(re.findall(r"\w+|[^\w\s]", prompt))


@app.get("/v1/usage")
async def usage(token: str = Depends(bearer)):
    key = await authorized(token, "")
    models = await database.usage(key.id)
    out = {name: sum(m[name] for m in models) for name in ("requests", "prompt_tokens", "completion_tokens")}
    out["nano_dollars"] = sum(
        PRICES[m["model"]][0] * m["prompt_tokens"] + PRICES[m["model"]][1] * m["completion_tokens"] for m in models
    )
    return {**out, "models": models}


@app.get("/healthz")
@app.get("/healthz/live")
async def live():
    return {"status": "live"}


@app.get("/healthz/ready")
async def ready():
    """200 when every wanted worker is ready, whichever worker is asked, and the database answers."""
    out = crew.counts()
    try:
        await database.ping()
        out["database"] = "ok"
    except database.AWAY:
        out["database"] = "away"
    out["ready"] = 0 < out["workers_wanted"] == out["workers_ready"] and out["database"] == "ok"
    return JSONResponse(out, 200 if out["ready"] else 503)


@app.get("/healthz/workers")
async def workers():
    """The master's counts, always with 200: gunicorn forks a replacement when the recycled worker has gone, so for some
    seconds at every recycling the service is not ready, and who counts should not be left without an answer."""
    return crew.counts()


@app.get("/variantz")
async def variantz():
    return settings.variant()
