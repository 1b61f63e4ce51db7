"""Bytes from Discord. Links come in messages, which others write, so only Discord's own hosts are asked, each
redirect again, and never an address of a private network."""

import asyncio
import ipaddress
import tempfile
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.discord.api import Api
from adapters.discord.errors import from_exception
from adapters.discord.payloads import maybe, sequence
from core.language.effects import Delivered, FetchFile
from core.ports import BlobStore, NotSent, OutcomeUnknown, RateLimited, RefusedByPlatform

_HOSTS: Final = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
# Seconds; shorter than an effect may take.
_TRANSFER: Final = aiohttp.ClientTimeout(total=20.0, sock_connect=5.0)
_LIMITED: Final = 30.0


class PublicResolver(AbstractResolver):
    """Refuses addresses of private networks for Discord's names."""

    def __init__(self) -> None:
        self._inner = aiohttp.resolver.ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        if host in _HOSTS and not all(ipaddress.ip_address(one["host"]).is_global for one in found):
            raise OSError(f"{host} leads into a private network")
        return found

    async def close(self) -> None:
        await self._inner.close()


async def download(api: Api, blobs: BlobStore, effect: FetchFile, api_url: str) -> Delivered:
    """A link that has expired is asked for anew, once."""
    url = maybe(effect.source, "url")
    if url is None:
        raise RefusedByPlatform("file_not_found", "Discord gives no address for it")
    with tempfile.SpooledTemporaryFile(max_size=1024 * 1024) as held:
        try:
            await _fetch(url, held, effect, api_url)
        except RefusedByPlatform as error:
            fresh = await _fresh(api, effect) if error.code == "file_not_found" else None
            if fresh is None or fresh == url:
                raise
            await _fetch(fresh, held, effect, api_url)
        held.seek(0)
        try:
            key, size = await asyncio.to_thread(blobs.write, held, effect.limit)  # type: ignore[arg-type]  # a spooled file is a file
        except ValueError as error:
            raise _too_large(effect) from error
    return Delivered(blob=key, size=size)


async def _fresh(api: Api, effect: FetchFile) -> str | None:
    """The file's link as its message gives it now."""
    channel, message = maybe(effect.source, "channel"), maybe(effect.source, "message")
    if channel is None or message is None:
        return None
    found = await api.message(channel, message)
    file = next((f for f in sequence(found, "attachments") if maybe(f, "id") == maybe(effect.source, "id")), None)
    return maybe(file, "url")


async def _fetch(url: str, into: Any, effect: FetchFile, api_url: str) -> None:
    connector = aiohttp.TCPConnector(resolver=PublicResolver())
    async with aiohttp.ClientSession(connector=connector, timeout=_TRANSFER, trust_env=True) as session:
        for _ in range(_REDIRECTS + 1):
            check_host(url, api_url)
            try:
                async with session.get(url, allow_redirects=False) as answer:
                    if answer.status not in (301, 302, 303, 307, 308):
                        await _save(answer, into, effect)
                        return
                    url = urljoin(url, answer.headers.get("Location", ""))
            except Exception as error:
                raise from_exception(error) from error
    raise RefusedByPlatform("too_many_redirects", urlsplit(url).hostname or "")


def check_host(url: str, api_url: str) -> None:
    """Discord's own hosts over https, or the very server that the desk was told to use. Raises RefusedByPlatform."""
    try:
        parts, own = urlsplit(url), urlsplit(api_url)
        if parts.scheme == "https" and parts.hostname in _HOSTS and parts.port in (None, 443):
            return
        if (parts.scheme, parts.netloc) == (own.scheme, own.netloc) and parts.username is None:
            return
    except ValueError:
        pass
    raise RefusedByPlatform("foreign_host", "the file's address is not Discord's")


async def _save(answer: aiohttp.ClientResponse, into: Any, effect: FetchFile) -> None:
    match answer.status:
        case 200:
            pass
        case 429:
            raise RateLimited(_LIMITED)
        case 403 | 404:
            raise RefusedByPlatform("file_not_found", f"http {answer.status}")
        case status if status >= 500:
            raise OutcomeUnknown(f"http_{status}")
        case status:
            raise NotSent(f"http_{status}")
    if (answer.content_length or 0) > effect.limit:
        raise _too_large(effect)
    size = 0
    async for chunk in answer.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > effect.limit:
            raise _too_large(effect)
        into.write(chunk)


def _too_large(effect: FetchFile) -> RefusedByPlatform:
    return RefusedByPlatform("file_too_large", f"more than {effect.limit} bytes")
