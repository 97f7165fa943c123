# docker build -t association-qa .
# docker run --rm -it -v qa-data:/srv/qa/data association-qa python app.py user add admin --role maintainer
# docker run -p 127.0.0.1:7860:7860 -e QA_HOSTS=localhost -v qa-data:/srv/qa/data -v ./documents:/srv/qa/documents:ro association-qa
FROM python:3.11-slim

ENV PYTHONUNBUFFERED=1 \
    HF_HUB_OFFLINE=1 \
    TOKENIZERS_PARALLELISM=false \
    ANONYMIZED_TELEMETRY=False \
    GRADIO_ANALYTICS_ENABLED=False \
    QA_HOST=0.0.0.0

WORKDIR /srv/qa
COPY requirements.txt ./
RUN python -m pip install --no-cache-dir --disable-pip-version-check -r requirements.txt

COPY app.py LICENSE ./
COPY vectorstore/ vectorstore/
COPY assistant/ assistant/
COPY ingest/ ingest/
COPY web/ web/
COPY models/ models/
COPY documents/ documents/
RUN python -m compileall -q app.py vectorstore assistant ingest web
RUN useradd --create-home --uid 10001 qa && mkdir -p data && chown qa:qa data

USER qa
VOLUME ["/srv/qa/data", "/srv/qa/documents"]
EXPOSE 7860
HEALTHCHECK --interval=30s --timeout=10s --start-period=90s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen('http://127.0.0.1:' + os.environ.get('QA_PORT', '7860') + '/readyz', timeout=8)"]
CMD ["sh", "-c", "test -f data/CURRENT || python -m ingest; exec python app.py"]
