"""The index that is served: the one CURRENT names, exchanged while people go on asking."""

from __future__ import annotations

import time
from pathlib import Path

from assistant.assistant import Assistant, open_assistant, open_model
from vectorstore.generation import Generation, current
from web.settings import WebSettings

GRACE = 60.0  # seconds an old index stays open for questions that began with it; an answer takes a fraction of one


class Serving:
    """Hands out the assistant of the present index; `follow` takes up a newer one."""

    def __init__(self, settings: WebSettings, assistant: Assistant) -> None:
        self._settings = settings
        self._assistant = assistant
        self._refused: Path | None = None  # a generation that could not be opened is not tried again and again
        self._retired: list[tuple[float, Generation]] = []  # when, which

    @classmethod
    def open(cls, settings: WebSettings) -> Serving:
        """Raises what open_assistant raises."""
        return cls(settings, open_assistant(settings, model=open_model(settings)))

    def assistant(self) -> Assistant:
        return self._assistant

    def follow(self) -> str:
        """Serve what CURRENT names: its name when that is another index than before, else "".

        The new one is opened and asked once beside the old, then one reference changes. Raises what opening raises; the
        old one goes on then.
        """
        self._close_retired()
        named = current(self._settings.data)
        if named in (self._assistant.generation.path, self._refused):
            return ""
        self._refused = named
        old = (
            self._assistant
        )  # the new one shares its encoder, reader and model: loading them again would hold up who asks
        new = Assistant(Generation.open(named, old.generation.encoder), old.model)
        new.warm()
        self._assistant, self._refused = new, None
        self._retired.append((time.monotonic(), old.generation))
        return named.name

    def close(self) -> None:
        for _, generation in self._retired:
            generation.close()
        self._retired.clear()
        self._assistant.generation.close()
        if self._assistant.model:
            self._assistant.model.close()

    def _close_retired(self) -> None:
        now = time.monotonic()
        for entry in [entry for entry in self._retired if now - entry[0] > GRACE]:
            self._retired.remove(entry)
            entry[1].close()
