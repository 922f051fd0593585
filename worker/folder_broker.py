"""The file-system broker of an embedded installation, with messages that appear whole."""

from __future__ import annotations

import os
from typing import Any

from kombu.transport import filesystem
from kombu.utils.encoding import str_to_bytes
from kombu.utils.json import dumps


class Channel(filesystem.Channel):
    """Write a message under another name first: kombu's own writes in place, and a reader that is quick finds it empty."""

    def _put(self, queue: str, payload: Any, **kwargs: Any) -> None:
        name = f"{int(payload['properties'].get('priority') or 0)}_{payload['properties']['delivery_tag']}.{queue}.msg"
        path = os.path.join(self.data_folder_out, name)
        with open(f"{path}.part", "wb") as file:
            file.write(str_to_bytes(dumps(payload)))
        os.replace(f"{path}.part", path)


class Transport(filesystem.Transport):
    """Use those messages."""

    Channel = Channel
