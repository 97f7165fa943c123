"""Settings come from the environment or a file `.env`, prefix QA_. They are read at the edge and passed down."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET = ("KEY", "TOKEN", "PASSWORD", "SECRET", "RECORDS_URL")  # a database address may hold a password
Folder = Annotated[Path, AfterValidator(Path.expanduser)]


class BadSettings(Exception):
    """Some settings cannot be used: what a person should mend, one line each."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__(lines)
        self.lines = lines

    def __str__(self) -> str:
        return "\n".join(self.lines)


@dataclass(frozen=True, slots=True)
class Told:
    """A setting as a person may see it."""

    name: str  # QA_DATA
    value: str  # what is secret is only said to be set or not
    source: str  # 命令行, 环境变量, .env or 默认
    description: str


class IndexSettings(BaseSettings):
    """What indexing and asking must agree on."""

    model_config = SettingsConfigDict(
        env_prefix="QA_", env_file=".env", env_ignore_empty=True, extra="ignore", populate_by_name=True
    )

    data: Folder = Field(Path("data"), description="索引与记录存放的文件夹")
    encoder: str = Field("builtin", description="编码模型：builtin、本地文件夹，或模型库中的名称")

    @classmethod
    def read(cls, **given: Any) -> Self:  # noqa: ANN401 - each setting has its own type
        """Settings with what was given on the command line on top. Raises BadSettings."""
        try:
            return cls(**{name: value for name, value in given.items() if value is not None})
        except ValidationError as problem:
            raise BadSettings([cls._told_wrong(error) for error in problem.errors()]) from None

    @classmethod
    def _told_wrong(cls, error: ErrorDetails) -> str:
        """A setting that cannot be used, or what is wrong with several of them together."""
        if not error["loc"]:
            return error["msg"].removeprefix("Value error, ")
        name = str(error["loc"][0])
        return cls.complaint(name if name in cls.model_fields else name.lower(), error["input"])

    @classmethod
    def variable(cls, name: str) -> str:
        """data -> QA_DATA; openai_api_key -> OPENAI_API_KEY, which other programs know by this name"""
        field = cls.model_fields.get(name)
        return field.alias if field and field.alias else f"QA_{name.upper()}"

    @classmethod
    def complaint(cls, name: str, given: object) -> str:
        """What a person should mend; a secret is never repeated."""
        variable, field = cls.variable(name), cls.model_fields.get(name)
        if any(word in variable for word in SECRET):
            return f"设置 {variable} 无效。"
        return f"设置 {variable} 无效：{given!r}{f'（{field.description}）' if field and field.description else ''}。"

    def told(self, given: Collection[str] = ()) -> list[Told]:
        """Every setting, its value and where it came from. given: names of those that came by the command line."""
        environment = {name.upper() for name, value in os.environ.items() if value}
        file = {name.upper() for name, value in dotenv_values(".env").items() if value}
        rows = []
        for name, field in type(self).model_fields.items():
            variable, value = self.variable(name), getattr(self, name)
            sources = {"命令行": name in given, "环境变量": variable in environment, ".env": variable in file}
            source = next((source for source, found in sources.items() if found), "默认")
            secret = any(word in variable for word in SECRET)
            shown = ("（已设置）" if value else "（未设置）") if secret else str(value)
            rows.append(Told(variable, shown, source, field.description or ""))
        return rows
