"""Refusals that a person is told about."""


class Refused(Exception):
    """Somebody asked for what cannot be done. `message` says what and why, `hint` the next step; both are shown
    to that person, so they name nothing that the person may not see. Nothing has been changed."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class BadConfig(Exception):
    """The desk cannot start with this configuration. Each problem names its place and its remedy."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
