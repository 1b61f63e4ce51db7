"""The language model that the environment names, and how patient the desk is with it."""

from adapters.language_model import OpenAiModel
from bot.settings import Settings
from jobs.suggesting import ModelSettings

# Seconds. A request is over before anybody looks up what became of it, or takes its lane.
_LONGEST = 30.0


def language_model(settings: Settings) -> OpenAiModel | None:
    """None without a key: then nothing is asked, and openai is not imported."""
    if settings.openai_api_key is None:
        return None
    return OpenAiModel(
        api_key=settings.openai_api_key.get_secret_value(),
        base_url=settings.openai_base_url,
        model=settings.openai_model,
    )


def patience(settings: Settings) -> float:
    """For the whole of one try, in seconds."""
    return min(_LONGEST, settings.settle_seconds * 0.75, settings.lease_seconds * 0.75)


def model_settings(settings: Settings) -> ModelSettings:
    # The rest of the patience is for loading the client, and for the database.
    return ModelSettings(timeout=patience(settings) * 0.8, tries=min(3, settings.max_delivery_attempts))
