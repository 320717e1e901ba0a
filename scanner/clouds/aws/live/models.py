"""botocore's models of services, read with msgspec: in a short scan, nothing else takes as long as reading them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.session
import msgspec

_READ: dict[str, Callable[[bytes], bytes]] = {".json": bytes, ".json.gz": gzip.decompress}
"""How a file is read, by its ending; those without compression go first, as in botocore."""


class Files:
    """What botocore's loader reads files with; they become plain dicts, half as large as its own."""

    def exists(self, file_path: str) -> bool:
        """Whether there is a file of this path, which comes without an ending."""
        return any(Path(file_path + ending).is_file() for ending in _READ)

    def load_file(self, file_path: str) -> Any:
        """What the file holds; None where there is none."""
        for ending, unpacked in _READ.items():
            path = Path(file_path + ending)
            if path.is_file():
                return msgspec.json.decode(unpacked(path.read_bytes()))
        return None


def loader() -> Any:
    """Make a loader of models that sessions can share, with the folders that AWS_DATA_PATH adds."""
    found = botocore.session.get_session().get_component("data_loader")
    found.file_loader = Files()
    return found
