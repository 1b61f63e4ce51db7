"""A blob store in memory, for tests of what hands bytes on."""

import io
from typing import BinaryIO


class MemoryBlobs:
    def __init__(self) -> None:
        self.held: dict[str, bytes] = {}

    def put(self, data: bytes) -> str:
        return self.write(io.BytesIO(data), len(data))[0]

    def write(self, data: BinaryIO, limit: int) -> tuple[str, int]:
        found = data.read(limit + 1)
        if len(found) > limit:
            raise ValueError("too large")
        key = f"blob-{len(self.held) + 1}"
        self.held[key] = found
        return key, len(found)

    def open(self, key: str) -> BinaryIO:
        return io.BytesIO(self.held[key])

    def delete(self, key: str) -> None:
        del self.held[key]
