"""Scanned pages and pictures, with rapidocr, which is installed only where somebody wants it (requirements-ocr.txt)."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from io import BytesIO

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image
from rapidocr import RapidOCR

from ingest.blocks import Extract, extract
from ingest.readers.kinds import Unreadable
from ingest.readers.margins import Leaf
from ingest.readers.scan import Found, leaf, paragraphs

PAGES = 200  # of a scan; some seconds each
DOTS = 170  # per inch of a rendered page; 300 read nothing more, in three times the time
SIDE = 2_800  # pixels of the longer side that are looked at: A3 at that
PIXELS = 60_000_000  # of a picture; a page of a large format at 600 dots an inch
TURNED = 0.85  # of a page; one read with less may lie on its side or its head


def read(data: bytes) -> Extract:
    logging.disable(logging.CRITICAL)
    leaves = []
    for number, (image, pages) in enumerate(_images(data), 1):
        sys.stdout.write(f"{number} {pages}\n")  # who waits is told
        sys.stdout.flush()
        leaves.append(_leaf(image, number))
    found = extract(paragraphs(leaves))
    if not found.text:
        raise Unreadable("图里没有认出文字", skip=True)
    return replace(found, notice="文字是从图中识别的，请核对")


def _images(data: bytes) -> Iterator[tuple[Image.Image, int]]:
    """Each page, and how many there are."""
    if b"%PDF-" not in data[:1024]:
        Image.MAX_IMAGE_PIXELS = PIXELS
        try:
            image = Image.open(BytesIO(data))
            frames = min(getattr(image, "n_frames", 1), PAGES)
            for n in range(frames):
                image.seek(n)
                if image.width * image.height > PIXELS:
                    raise Unreadable("图片太大，请缩小后再放进来")
                yield image.convert("RGB"), frames
        except (OSError, Image.DecompressionBombError, ValueError, SyntaxError) as problem:
            raise Unreadable("图片已损坏，或太大") from problem
        return
    document = pypdfium2.PdfDocument(data)
    if len(document) > PAGES:
        raise Unreadable(f"扫描件超过 {PAGES} 页，请拆成几个文件")
    for page in document:
        scale = min(DOTS / 72, SIDE / max(*page.get_size(), 1))
        yield page.render(scale=scale).to_pil().convert("RGB"), len(document)


def _leaf(image: Image.Image, page: int) -> Leaf:
    """As the page is read best; it is turned only if it cannot be read as it lies."""
    pixels = np.asarray(image)[:, :, ::-1]
    best, size = _recognised(pixels), pixels.shape[:2]
    for quarters in (2, 1, 3):
        if not best or _certainty(best) >= TURNED:
            break
        turned = np.ascontiguousarray(np.rot90(pixels, quarters))
        found = _recognised(turned)
        if _certainty(found) > _certainty(best):
            best, size = found, turned.shape[:2]
    return leaf(best, (size[0], size[1]), page)


def _recognised(pixels: NDArray[np.uint8]) -> list[Found]:
    result = _engine()(pixels, use_cls=False)  # which turns lines on their heads that stand upright
    if result.boxes is None:
        return []
    return [Found(*found) for found in zip(result.txts, result.boxes, result.scores, strict=True)]


def _certainty(found: Sequence[Found]) -> float:
    letters = sum(len(line.text) for line in found)
    return sum(line.certain * len(line.text) for line in found) / max(letters, 1)


@cache
def _engine() -> RapidOCR:
    return RapidOCR(params={"EngineConfig.onnxruntime.intra_op_num_threads": 2, "Global.max_side_len": SIDE})
