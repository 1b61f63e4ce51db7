"""Bytes to and from Slack: the external upload in three steps, and downloads with the bot's token.

The token goes to Slack's own hosts only: `url_private` comes in events, which others may forge in part (a remote
file's URL is whatever its app said).
"""

import asyncio
import ipaddress
import os
import tempfile
from collections.abc import Mapping
from typing import Any, BinaryIO, Final
from urllib.parse import urljoin, urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from adapters.slack.api import Api, may_use_proxy
from adapters.slack.errors import from_exception, from_response
from adapters.slack.limits import FILE_COMMENT
from adapters.slack.markup import Ink, cut_units, mrkdwn
from adapters.slack.payloads import mapping, maybe, sequence
from adapters.slack.reading import Found, message_with_file
from core.language.effects import Delivered, FetchFile, Upload
from core.language.places import MessageRef
from core.language.text import Words, clean
from core.ports import BlobStore, DeliveryError, NotSent, OutcomeUnknown, RefusedByPlatform

_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
# Seconds; longer than one of Slack's methods may take, shorter than an effect may.
_TRANSFER: Final = aiohttp.ClientTimeout(total=25.0, sock_connect=5.0)
# Slack shares a completed file in the background; how long to look for its message, in seconds.
_SHARED_AFTER: Final = (0.0, 0.2, 0.5, 1.0, 2.0)


class SlackResolver(AbstractResolver):
    """Refuses addresses of private networks for Slack's names, so that no resolver can lead the token home."""

    def __init__(self) -> None:
        self._inner = aiohttp.resolver.ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        found = await self.look_up(host, port, family)
        if host.endswith("slack.com") and not all(ipaddress.ip_address(one["host"]).is_global for one in found):
            raise OSError(f"{host} leads into a private network")
        return found

    async def look_up(self, host: str, port: int, family: Any) -> list[ResolveResult]:
        return await self._inner.resolve(host, port, family)

    async def close(self) -> None:
        await self._inner.close()


# --- up


async def upload(api: Api, blobs: BlobStore, found: Found, effect: Upload) -> Delivered:
    """Until the last step nothing is visible: what fails before is surely not applied."""
    try:
        with blobs.open(effect.blob) as data:
            file = await _put(api, data, effect)
    except KeyError as error:
        raise RefusedByPlatform("no_blob", f"{effect.blob} is not in the store") from error
    except OutcomeUnknown as error:
        raise NotSent(error.code, str(error)) from error
    found.note_file(file, effect.key)
    comment = mrkdwn((Words(effect.comment),), Ink(effect.place.connection), FILE_COMMENT)
    await api.call(
        api.web.files_completeUploadExternal,
        files=[{"id": file, "title": _name(effect)}],
        channel_id=effect.place.channel,
        thread_ts=effect.place.thread,
        initial_comment=comment or None,
    )
    ref = await _shared_as(api, file, effect)
    if ref:
        found.note(ref, effect.key)
    return Delivered(ref=ref)


def _name(effect: Upload) -> str:
    return cut_units(" ".join(clean(effect.name).split()), 200) or "file"


async def _put(api: Api, data: BinaryIO, effect: Upload) -> str:
    length = data.seek(0, os.SEEK_END)
    data.seek(0)
    place = await api.call(api.web.files_getUploadURLExternal, filename=_name(effect), length=length)
    url, file = maybe(place, "upload_url"), maybe(place, "file_id")
    if url is None or file is None:
        raise NotSent("no_upload_url", "files.getUploadURLExternal gave none")
    api.check_host(url)
    try:
        headers = {"Content-Type": effect.type}
        async with api.session.post(url, data=data, headers=headers, timeout=_TRANSFER) as answer:
            if answer.status != 200:
                raise from_response(answer.status, answer.headers, None)
    except Exception as error:
        raise from_exception(error) from error
    return file


async def _shared_as(api: Api, file: str, effect: Upload) -> MessageRef | None:
    """The message that a file came out in; None when Slack does not say in time."""
    for seconds in _SHARED_AFTER:
        await asyncio.sleep(seconds)
        try:
            info = await api.call(api.web.files_info, file=file)
        except DeliveryError:
            info = {}
        shares = mapping(info, "file", "shares").values()
        seen = [maybe(share, "ts") for kind in shares for share in sequence(kind, effect.place.channel)]
        ts = next(filter(None, seen), None) or await message_with_file(api, effect.place, file)
        if ts:
            return MessageRef(effect.place.connection, effect.place.channel, ts, effect.place.thread)
    return None


# --- down


async def download(api: Api, blobs: BlobStore, effect: FetchFile) -> Delivered:
    url = maybe(effect.source, "url")
    told: Mapping[str, Any] = {}
    if url is None:
        # Files of another workspace come without a URL, name or type.
        told = await _info(api, effect)
        url = maybe(told, "url_private_download") or maybe(told, "url_private")
    if url is None:
        raise RefusedByPlatform("file_not_found", "Slack gives no address for it")
    with tempfile.SpooledTemporaryFile(max_size=1024 * 1024) as held:
        await _fetch(api, url, held, effect)
        held.seek(0)
        try:
            key, size = await asyncio.to_thread(blobs.write, held, effect.limit)  # type: ignore[arg-type]  # a spooled file is a file
        except ValueError as error:
            raise _too_large(effect) from error
    return Delivered(
        blob=key, size=size, file_name=maybe(told, "name") or maybe(told, "title"), file_type=maybe(told, "mimetype")
    )


async def _info(api: Api, effect: FetchFile) -> Mapping[str, Any]:
    file = maybe(effect.source, "id")
    return mapping(await api.call(api.web.files_info, file=file), "file") if file else {}


async def _fetch(api: Api, url: str, into: Any, effect: FetchFile) -> None:
    connector = aiohttp.TCPConnector(resolver=SlackResolver())
    proxy = may_use_proxy(api.url)
    async with aiohttp.ClientSession(connector=connector, timeout=_TRANSFER, trust_env=proxy) as session:
        for _ in range(_REDIRECTS + 1):
            # Each step again: a redirect may lead anywhere, and the token may not.
            api.check_host(url)
            headers = {"Authorization": f"Bearer {api.token}"} if api.token else {}
            try:
                async with session.get(url, headers=headers, allow_redirects=False) as answer:
                    if answer.status not in (301, 302, 303, 307, 308):
                        await _save(answer, into, effect)
                        return
                    url = urljoin(url, answer.headers.get("Location", ""))
            except Exception as error:
                raise from_exception(error) from error
    raise RefusedByPlatform("too_many_redirects", urlsplit(url).hostname or "")


async def _save(answer: aiohttp.ClientResponse, into: Any, effect: FetchFile) -> None:
    if answer.status != 200:
        error = from_response(answer.status, answer.headers, None)
        # 404 here is a file that is gone, not a method that is missing.
        raise RefusedByPlatform("file_not_found", f"http {answer.status}") if answer.status == 404 else error
    if answer.content_type == "text/html" and maybe(effect.source, "type") != "text/html":
        # What Slack shows in place of a file to somebody who may not read it is its login page.
        raise RefusedByPlatform("no_access", "Slack answered with a page instead of the file; is files:read granted?")
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
