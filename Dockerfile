# docker build --tag strace-explorer .
# docker run --rm --publish 127.0.0.1:8501:8501 strace-explorer         (see docs/docker.md)

FROM python:3.11-slim AS wheel
WORKDIR /source
COPY . .
RUN pip wheel --no-cache-dir --no-deps --wheel-dir /wheels .

FROM python:3.11-slim
# The usual torch for x86-64 carries gigabytes of CUDA libraries. To leave them out, name a package index that offers its
# CPU build: --build-arg PIP_EXTRA_INDEX_URL=...
ARG PIP_EXTRA_INDEX_URL
COPY requirements.txt /tmp/requirements.txt
# Everything but this project itself, which is the wheel.
RUN grep --invert-match '^-e' /tmp/requirements.txt > /tmp/pinned.txt \
    && pip install --no-cache-dir --requirement /tmp/pinned.txt
RUN --mount=type=bind,from=wheel,source=/wheels,target=/wheels pip install --no-cache-dir --no-deps /wheels/*.whl

RUN useradd --create-home --uid 1000 explorer
USER explorer
WORKDIR /home/explorer

# Listen to other machines too: the port is reached from outside the container. Host names other than localhost and
# 127.0.0.1 go into STREAMLIT_SERVER_ALLOWED_HOSTS, with spaces between them.
ENV STREAMLIT_SERVER_ADDRESS=0.0.0.0 \
    STREAMLIT_SERVER_PORT=8501 \
    PYTHONUNBUFFERED=1
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import os, urllib.request as r; r.urlopen(f'http://127.0.0.1:{os.environ[\"STREAMLIT_SERVER_PORT\"]}/_stcore/health', timeout=4)"]

ENTRYPOINT ["s-trace"]
CMD ["explore"]
