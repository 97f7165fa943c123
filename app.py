"""The front door: settings, one page, one server."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("HF_HUB_OFFLINE", "1")

import gradio as gr
import uvicorn
from fastapi import FastAPI

from assistant.assistant import open_assistant
from ingest.pipeline import stale
from vectorstore.dense import DamagedIndex
from vectorstore.encoder import EncoderUnavailable
from vectorstore.generation import IndexMismatch, NoIndex
from vectorstore.settings import BadSettings
from web.chat import build_page, styles
from web.settings import WebSettings


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser("python app.py", description="打开问答网页。")
    parser.add_argument("--host", help="监听地址（QA_HOST）")
    parser.add_argument("--port", type=int, help="监听端口（QA_PORT）")
    parser.add_argument("--data", help="索引所在的文件夹（QA_DATA）")
    options = parser.parse_args(arguments)
    try:
        settings = WebSettings.read(**vars(options))
        app = build_app(settings)
    except (BadSettings, NoIndex, EncoderUnavailable, DamagedIndex) as problem:
        print(problem, file=sys.stderr)
        return 2
    except IndexMismatch as problem:
        print(problem, file=sys.stderr)
        return 4
    if stale(settings.documents, settings.data, settings.passage_chars):
        print("文件夹里的文件比索引新。要更新索引，请运行：python -m ingest", file=sys.stderr)
    print(f"请在浏览器打开 http://{settings.host}:{settings.port}", file=sys.stderr)
    uvicorn.run(app, host=settings.host, port=settings.port, log_level="warning")
    return 0


def build_app(settings: WebSettings) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    page = build_page(open_assistant(settings))
    page.queue(max_size=64)
    mounted: FastAPI = gr.mount_gradio_app(
        app, page, "/", css=styles(), footer_links=[], run_history=False, max_file_size=1, enable_monitoring=False
    )
    return mounted


if __name__ == "__main__":
    sys.exit(main())
