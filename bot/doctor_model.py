"""Whether the language model can be asked, found by asking its endpoint for its list of models. No words of customers
are sent, and nothing is paid for."""

from collections.abc import AsyncIterator
from typing import Any

import httpx2

from adapters.language_model import BASE_URL, MODEL
from bot.findings import Finding
from bot.settings import Settings

_TIMEOUT = 10.0
_LISTED = 5
_CHECK = "language model"
_RUNS_ON = "the desk runs without it"


async def examine(settings: Settings) -> AsyncIterator[Finding]:
    """Nothing when no model is wanted."""
    key = settings.openai_api_key
    if key is None:
        if settings.openai_base_url or settings.openai_model:
            remedy = "set OPENAI_API_KEY, to any word where the endpoint wants none"
            yield Finding(_CHECK, "warn", "there is no OPENAI_API_KEY, so nothing is suggested", remedy)
        return
    base = (settings.openai_base_url or BASE_URL).rstrip("/")
    try:
        async with httpx2.AsyncClient(timeout=_TIMEOUT) as client:
            answer = await client.get(f"{base}/models", headers={"Authorization": f"Bearer {key.get_secret_value()}"})
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        remedy = f"check OPENAI_BASE_URL, and that the endpoint runs; {_RUNS_ON}"
        yield Finding(_CHECK, "warn", f"{base} cannot be reached ({type(error).__name__})", remedy)
        return
    yield _judged(base, settings.openai_model or MODEL, answer)


def _judged(base: str, model: str, answer: httpx2.Response) -> Finding:
    status = answer.status_code
    if status in (401, 403):
        detail = f"{base} refuses the key ({status})"
        return Finding(_CHECK, "fail", detail, f"copy OPENAI_API_KEY again; {_RUNS_ON}")
    if status == 404:
        detail = f"{base} has no list of models; whether it serves {model} cannot be told"
        return Finding(_CHECK, "warn", detail, "see that OPENAI_BASE_URL ends as the endpoint's guide says, mostly /v1")
    served = _served(answer)
    if served is None:
        detail = f"{base} answers ({status}) with something else than a list of models"
        return Finding(_CHECK, "warn", detail, "check OPENAI_BASE_URL; it mostly ends in /v1")
    if model not in served:
        some = ", ".join(served[:_LISTED])
        remedy = f"set OPENAI_MODEL to one that it serves, such as: {some}" if some else "load a model there"
        return Finding(_CHECK, "warn", f"{base} does not list the model {model}", remedy)
    return Finding(_CHECK, "ok", f"{base} takes the key and serves {model}")


def _served(answer: httpx2.Response) -> list[str] | None:
    try:
        found: Any = answer.json() if answer.is_success else None
    except (ValueError, RecursionError):
        return None
    listed = found.get("data") if isinstance(found, dict) else None
    if not isinstance(listed, list):
        return None
    names = [one.get("id") for one in listed if isinstance(one, dict)]
    return [name for name in names if isinstance(name, str)]
