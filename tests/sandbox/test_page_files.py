"""What the page is made of: pinned files of others, and nothing that comes from elsewhere or turns text into markup."""

import hashlib
import json
import re
from pathlib import Path

import sandbox

PAGE = Path(sandbox.__file__).parent / "page"


def test_what_is_vendored_is_what_the_manifest_says() -> None:
    vendor = PAGE / "vendor"
    files = json.loads((vendor / "manifest.json").read_text())["files"]
    for one in files:
        assert hashlib.sha256((vendor / one["file"]).read_bytes()).hexdigest() == one["sha256"], one["file"]
        assert (vendor / one["licence_file"]).is_file()
    named = {one["file"] for one in files} | {one["licence_file"] for one in files} | {"manifest.json"}
    assert {path.name for path in vendor.iterdir()} == named


def test_text_becomes_nodes_and_nothing_comes_from_elsewhere() -> None:
    for path in (PAGE / "js").rglob("*.js"):
        source = path.read_text()
        assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|dangerously", source), (
            path
        )
    for path in [PAGE / "index.html", *(PAGE / "css").iterdir(), *(PAGE / "js").rglob("*.js")]:
        assert not re.search(r"""(src|href|import|from|url)\s*[=(]?\s*["'(]?https?://""", path.read_text()), path
