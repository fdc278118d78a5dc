"""Settings: what `registry.toml`, the environment and the command line may change."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

SETTINGS_FILE = "registry.toml"


class SettingsError(ValueError):
    """The settings cannot be used; the message names the file, the key and what to do."""


class SourceSettings(BaseModel, extra="forbid"):
    """A source in `registry.toml`, under `[sources.<key>]`."""

    path: str | None = None
    label: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    tier: Literal["structured_row", "full_text", "abstract"] | None = None
    priority: int | None = None
    scope: Literal["full", "partial"] | None = None
    licence: str | None = None
    citation: str | None = None
    obtained: str | None = None

    def overrides(self) -> dict[str, Any]:
        """What goes to `flows.ingest.mapping.load_mapping`."""
        return self.model_dump(exclude={"path"}, exclude_none=True, exclude_defaults=True)


class Settings(BaseSettings):
    """Settings of a registry, from arguments, CALCINOSIS_* in the environment, and `registry.toml`, in this order."""

    model_config = SettingsConfigDict(env_prefix="CALCINOSIS_", extra="forbid", toml_file=SETTINGS_FILE)

    home: Path = Path("var")
    sources: dict[str, SourceSettings] = Field(default_factory=dict)
    when_busy: Literal["wait", "leave"] = "wait"
    busy_timeout_seconds: float = 3600
    keep_versions: int = Field(default=5, ge=1)
    keep_builds: int = Field(default=3, ge=0)
    keep_data_docs: int = Field(default=5, ge=1)
    memory_limit: str = "2.5GB"
    retractions: Path | None = None
    previous_review: Path | None = None
    drift_threshold: float = Field(default=0.05, gt=0, le=1)
    decisions: Path | None = None
    review_confidence: float = Field(default=0.8, ge=0, le=1)
    schedule: str = "0 2 * * *"
    timezone: str | None = None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def load_settings(**given: Any) -> Settings:
    """Read the settings; arguments that are None are left to the environment and the file.

    Raises SettingsError with file, key and reason.
    """
    try:
        return Settings(**{key: value for key, value in given.items() if value is not None})
    except ValidationError as error:
        reasons = "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors())
        raise SettingsError(f"{SETTINGS_FILE} or CALCINOSIS_* settings: {reasons}; see docs/settings.md") from error
    except ValueError as error:
        raise SettingsError(f"{SETTINGS_FILE} cannot be read: {error}") from error
