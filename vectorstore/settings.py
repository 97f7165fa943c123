"""Settings come from the environment or a file `.env`, prefix QA_. They are read at the edge and passed down."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

Folder = Annotated[Path, AfterValidator(Path.expanduser)]


class BadSettings(Exception):
    """Some settings cannot be used: what a person should mend, one line each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self.lines = lines

    def __str__(self) -> str:
        return "\n".join(self.lines)


class IndexSettings(BaseSettings):
    """What indexing and asking must agree on."""

    model_config = SettingsConfigDict(env_prefix="QA_", env_file=".env", env_ignore_empty=True, extra="ignore")

    data: Folder = Field(Path("data"), description="索引与记录存放的文件夹")
    encoder: str = Field("builtin", description="编码模型：builtin、本地文件夹，或模型库中的名称")

    @classmethod
    def read(cls, **given: Any) -> Self:  # noqa: ANN401 - each setting has its own type
        """Settings with what was given on the command line on top. Raises BadSettings."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as problem:
            lines = [f"设置 QA_{str(error['loc'][0]).upper()} 无效：{error['input']!r}。" for error in problem.errors()]
            raise BadSettings(lines) from None
