"""Refusals that a person is told about."""

from core.language.wording import ENGLISH_VOICE, Voice


class Refused(Exception):
    """Somebody asked for what cannot be done. Nothing has been changed.

    `code` is what programs go by, `key` the entry of the catalogue where several share a code; it says what and why,
    its `_hint` the next step. Both are shown to that person, so the values name nothing that the person may not see.
    """

    def __init__(self, code: str, key: str = "", /, **values: object) -> None:
        self.code = code
        self._key = f"refused_{key or code}"
        self._values = values
        super().__init__(self.told(ENGLISH_VOICE))

    @property
    def message(self) -> str:
        """In English, as the command line says it."""
        return ENGLISH_VOICE.say(self._key, **self._values)

    @property
    def hint(self) -> str:
        return self._hint(ENGLISH_VOICE)

    def told(self, voice: Voice) -> str:
        return f"{voice.say(self._key, **self._values)} {self._hint(voice)}".strip()

    def _hint(self, voice: Voice) -> str:
        key = f"{self._key}_hint"
        return voice.say(key, **self._values) if voice.has(key) else ""


class BadConfig(Exception):
    """The desk cannot start with this configuration. Each problem names its place and its remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
