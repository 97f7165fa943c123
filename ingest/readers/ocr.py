"""Scanned pages and pictures, with rapidocr, which is installed only where somebody wants it (requirements-ocr.txt)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from io import BytesIO
from statistics import median

import numpy as np
import pypdfium2
from PIL import Image
from rapidocr import RapidOCR

from ingest.blocks import Block, Extract, extract
from ingest.readers.kinds import Unreadable
from ingest.readers.paragraphs import TextLine, join

PAGES = 200  # of a scan; some seconds each
DOTS = 200  # per inch of a rendered page
PIXELS = 60_000_000  # of a picture; a page of a large format at 600 dots an inch
CERTAIN = 0.6  # of a line; one read with less is a stain or a seal


def read(data: bytes) -> Extract:
    logging.disable(logging.CRITICAL)
    found = []
    for number, image in enumerate(_images(data), 1):
        found += _lines(image, number)
    if not found:
        raise Unreadable("图里没有认出文字", skip=True)
    blocks: list[Block] = list(join(found, median(line.size for line in found)))
    return replace(extract(blocks), notice="文字是从图中识别的，请核对")


def _images(data: bytes) -> Iterator[Image.Image]:
    if b"%PDF-" not in data[:1024]:
        Image.MAX_IMAGE_PIXELS = PIXELS
        try:
            image = Image.open(BytesIO(data))
            for n in range(min(getattr(image, "n_frames", 1), PAGES)):
                image.seek(n)
                if image.width * image.height > PIXELS:
                    raise Unreadable("图片太大，请缩小后再放进来")
                yield image.convert("RGB")
        except (OSError, Image.DecompressionBombError, ValueError, SyntaxError) as problem:
            raise Unreadable("图片已损坏，或太大") from problem
        return
    document = pypdfium2.PdfDocument(data)
    if len(document) > PAGES:
        raise Unreadable(f"扫描件超过 {PAGES} 页，请拆成几个文件")
    for page in document:
        scale = min(DOTS / 72, (PIXELS / max(page.get_width() * page.get_height(), 1)) ** 0.5)
        yield page.render(scale=scale).to_pil().convert("RGB")


def _lines(image: Image.Image, page: int) -> list[TextLine]:
    """From top to bottom, left to right."""
    result = _engine()(np.asarray(image)[:, :, ::-1])
    if result.boxes is None:
        return []
    lines = []
    for box, text, certain in zip(result.boxes, result.txts, result.scores, strict=True):
        if certain < CERTAIN or not text.strip():
            continue
        (left, top), (right, bottom) = box.min(axis=0).tolist(), box.max(axis=0).tolist()
        size = (bottom - top) * 0.8
        lines.append(TextLine(text, left, right, image.height - bottom, image.height - top, size, page))
    usual = median(line.size for line in lines) if lines else 0.0
    near = [replace(line, size=usual) if abs(line.size - usual) < 0.2 * usual else line for line in lines]
    return sorted(near, key=lambda line: (-round(line.bottom / max(usual, 1)), line.left))


@cache
def _engine() -> RapidOCR:
    return RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": 2})
