"""What the pages can be told. `python -m web.settings` prints every setting there is, with its value and where it came from."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Sequence
from dataclasses import asdict
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from assistant.settings import AssistantSettings
from vectorstore.settings import BadSettings, Folder

KEY_CHARS = 16  # a shorter key could be guessed
LOOPBACK = ("localhost", "127.0.0.1", "::1")


def _list_of_names(value: str) -> str:
    """One spelling: lower case, no spaces, no empty entries: ` A.cn, b.cn,` -> `a.cn,b.cn`."""
    return ",".join(entry for part in value.lower().replace("，", ",").split(",") if (entry := part.strip()))


def _prefix(value: str) -> str:
    """`qa/` and `/qa/` mean `/qa`."""
    path = value.strip().strip("/")
    return f"/{path}" if path else ""


def _address(value: str) -> str:
    address = value.strip().rstrip("/")
    if address and (urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname):
        raise ValueError("要写成 https://域名 的样子")
    return address


def _hosts(value: str) -> str:
    names = _list_of_names(value)
    for name in filter(None, names.split(",")):
        if not re.fullmatch(r"[a-z0-9.-]+|[0-9a-f:]+", name):
            raise ValueError("只写域名，不带 https:// 和端口")
    return names


def _networks(value: str) -> str:
    names = _list_of_names(value)
    for name in filter(None, names.split(",")):
        ip_network(name, strict=False)
    return names


def _sites(value: str) -> str:
    """Origins as browsers write them: `https://A.cn:443/` is no origin, `https://a.cn:443` means `https://a.cn`."""
    return ",".join(_origin(name) for name in filter(None, _list_of_names(value).split(",")))


def _origin(name: str) -> str:
    if not re.fullmatch(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9]\d{0,4})?", name):
        raise ValueError("要写成 https://域名 的样子")  # anything else could say more in a policy than who it is
    parts = urlsplit(name)
    usual = 443 if parts.scheme == "https" else 80
    return f"{parts.scheme}://{parts.hostname}" + (f":{parts.port}" if parts.port not in (None, usual) else "")


Hosts = Annotated[str, AfterValidator(_hosts)]
Networks = Annotated[str, AfterValidator(_networks)]
Sites = Annotated[str, AfterValidator(_sites)]


class WebSettings(AssistantSettings):
    documents: Folder = Field(Path("documents"), description="待入库文件所在的文件夹")
    passage_chars: int = Field(500, ge=100, le=2000, description="一段最多多少字")
    host: str = Field("127.0.0.1", description="监听地址")
    port: int = Field(7860, ge=1, le=65535, description="监听端口")
    organisation: str = Field("", max_length=60, description="单位名称，显示在页面上")
    contact: str = Field("", max_length=200, description="联系方式：文件里找不到答案时请人联系谁")
    icp: str = Field("", max_length=60, description="ICP 备案号，显示在页脚")
    police: str = Field("", max_length=60, description="公安备案号，显示在页脚")
    notice: str = Field("", max_length=300, description="页面上的一句公告")
    site_url: Annotated[str, AfterValidator(_address)] = Field(
        "", description="对外网址，如 https://qa.example.cn，不含前缀；分享链接用它"
    )
    root_path: Annotated[str, AfterValidator(_prefix)] = Field("", description="网址前缀，如 /qa；不用前缀则不填")
    hosts: Hosts = Field("", description="对外的域名，用逗号隔开，不带 https://；不填则只能在本机打开")
    trusted_proxies: Networks = Field(
        "", description="前置代理的地址，用逗号隔开；只有它们送来的 X-Forwarded-For 与 X-Forwarded-Proto 才算数"
    )
    rate_per_minute: int = Field(30, ge=1, le=6000, description="同一来源每分钟最多问几次")
    api_key: SecretStr | None = Field(
        None, min_length=KEY_CHARS, description="程序从 /v1 和 /mcp 提问要带的密钥，至少 16 个字符；不填则不用密钥"
    )
    mcp: bool = Field(
        False, description="填 1 则在 /mcp 开放 MCP 接口（ask、search、read_document），另需安装 requirements-mcp.txt"
    )
    embed: Sites = Field(
        "", description="哪些网站可以嵌入问答窗口，如 https://www.example.cn，用逗号隔开；不填则都不可以"
    )
    share_days: int = Field(30, ge=1, le=3650, description="分享链接多少天后失效")
    retention_days: int = Field(90, ge=1, le=3650, description="问答记录保留多少天")
    records_url: str = Field("", description="问答记录的数据库；不填则是 QA_DATA 文件夹里的 records.db")

    @classmethod
    def complaint(cls, name: str, given: object) -> str:
        if name == "api_key":
            return f"设置 QA_API_KEY 太短：至少 {KEY_CHARS} 个字符。可以这样生成一个：openssl rand -base64 24"
        if name == "embed":
            return (
                f"设置 QA_EMBED 无效：{given!r}。请逐个写明网站，如 https://www.example.cn，多个用逗号隔开；"
                "可以带端口，不带路径，不用 * 和引号，中文域名写成 xn-- 开头的形式。"
            )
        return super().complaint(name, given)

    @property
    def host_names(self) -> tuple[str, ...]:
        """The host names a visitor may use; those of this machine always may."""
        return (*self._named(self.hosts), *LOOPBACK)

    @property
    def embedding_sites(self) -> tuple[str, ...]:
        """Origins whose pages may show the conversation in a frame, and ask through /api."""
        return self._named(self.embed)

    @property
    def proxy_addresses(self) -> tuple[str, ...]:
        return self._named(self.trusted_proxies)

    @property
    def records_database(self) -> str:
        """Where records are kept, as a database address."""
        return self.records_url or f"sqlite:///{self.data / 'records.db'}"

    @property
    def access_log(self) -> Path:
        """The folder of the files that say who came when."""
        return self.data / "access"

    @property
    def beyond_loopback(self) -> bool:
        """Would other machines reach the port?"""
        return self.host.strip("[]").lower() not in LOOPBACK

    @staticmethod
    def _named(names: str) -> tuple[str, ...]:
        return tuple(names.split(",")) if names else ()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python -m web.settings", description="列出全部设置、现值和来处。")
    parser.add_argument("--json", action="store_true", help="标准输出只有一行 JSON")
    parser.add_argument("--data", help="索引所在的文件夹（QA_DATA）")
    parser.add_argument("--encoder", help="编码模型（QA_ENCODER）")
    options = vars(parser.parse_args(arguments))
    as_json = options.pop("json")
    given = {name: value for name, value in options.items() if value is not None}
    try:
        rows = WebSettings.read(**given).told(given)
    except BadSettings as problem:
        print(problem, file=sys.stderr)  # noqa: T201 - this is a command
        return 2
    lines = [f"{row.name} = {row.value}  （{row.source}）  {row.description}" for row in rows]
    print(json.dumps([asdict(row) for row in rows], ensure_ascii=False) if as_json else "\n".join(lines))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
