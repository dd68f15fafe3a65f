# The service of finished results. Build: docker build -t servicecircle . ; how to run it: docs/intranet.md
FROM python:3.11.13-slim-bookworm AS build
WORKDIR /source
COPY requirements/runtime.txt requirements/runtime.txt
RUN python -m venv /circle \
    && /circle/bin/pip install --no-cache-dir --require-hashes -r requirements/runtime.txt
COPY pyproject.toml README.md LICENSE ./
COPY geo geo
COPY maps maps
COPY api api
COPY data/profiles data/profiles
COPY docs/zh docs/zh
RUN /circle/bin/pip install --no-cache-dir hatchling==1.33.0 \
    && /circle/bin/pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.11.13-slim-bookworm
# fonts and Pango are for reports as PDF, which jobs write
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-noto-cjk libpango-1.0-0 libpangoft2-1.0-0 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home circle \
    && install -d -o circle -g circle /data /var/cache/servicecircle
COPY --from=build /circle /circle
ENV PATH=/circle/bin:$PATH \
    NUMBA_CACHE_DIR=/var/cache/servicecircle \
    PYTHONUNBUFFERED=1
USER circle
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["servicecircle"]
CMD ["serve", "/data/result", "--host", "0.0.0.0"]
