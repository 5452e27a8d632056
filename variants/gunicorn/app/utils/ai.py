"""The client of the AI provider."""

import httpx

from app.core.settings import AI_CA_PEM, AI_URL, FIX_CLIENT

INSTRUCTION = "Answer the customer."
TIMEOUT = httpx.Timeout(30, connect=5)

# httpx keeps 20 idle connections where it isn't told otherwise: with more requests at once than that it would open new ones
# all the time and be pooled by name only. They are given up before the provider does (120 s), so it is this end that closes.
LIMITS = httpx.Limits(max_connections=256, max_keepalive_connections=256, keepalive_expiry=90)

_pooled = None


def new_client() -> httpx.AsyncClient:
    """A client with a trust store of its own: some 140 public authorities, read anew, and the given one. That is most of
    what a new client costs. No proxy is looked for: a prompt goes where AI_URL says."""
    trust = httpx.create_ssl_context(trust_env=False)
    if AI_CA_PEM:
        trust.load_verify_locations(cadata=AI_CA_PEM)
    return httpx.AsyncClient(verify=trust, timeout=TIMEOUT, limits=LIMITS, trust_env=False)


async def open_client() -> None:
    """Runs in each worker: a client belongs to one event loop and, preloaded, must not be the master's."""
    global _pooled
    if FIX_CLIENT:
        _pooled = new_client()


async def close_client() -> None:
    if _pooled is not None:
        await _pooled.aclose()


async def complete(model: str, prompt: str, max_tokens: int):
    """The answer and its tokens."""
    if _pooled is not None:
        return await _post(_pooled, model, prompt, max_tokens)
    async with new_client() as client:
        return await _post(client, model, prompt, max_tokens)


async def _post(client: httpx.AsyncClient, model: str, prompt: str, max_tokens: int):
    response = await client.post(
        AI_URL.rstrip("/") + "/v1/chat/completions",
        json={
            "model": model,
            "messages": [{"role": "system", "content": INSTRUCTION}, {"role": "user", "content": prompt}],
            "max_tokens": max_tokens,
        },
    )
    response.raise_for_status()
    body = response.json()
    return body["choices"][0]["message"]["content"], int(body["usage"]["completion_tokens"])
