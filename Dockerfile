# The desk: web server, worker and clock are the same image with different commands (docker-compose.yml).
# An image by its digest where the same one is wanted again (docs/deploy.md).
ARG BASE=python:3.12-slim
FROM ${BASE}

# WeasyPrint's libraries, and fonts that have every letter of every name: Nordic ones, and those of all other scripts.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core \
    fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji \
 && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 HOME=/tmp
WORKDIR /desk

COPY requirements.txt ./
COPY drivers.txt ./
RUN pip install --disable-pip-version-check --only-binary=:all: --require-hashes --requirement requirements.txt \
    --requirement drivers.txt

COPY manage.py ./
COPY connectors ./connectors
COPY cases ./cases
COPY exports ./exports
COPY dsar ./dsar
COPY templates ./templates
COPY static ./static
COPY locale ./locale
RUN python manage.py messages --compile
RUN python manage.py collectstatic --noinput

# A number of its own, so that files in a volume keep one owner whatever the host calls it.
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin desk \
 && install --directory --owner desk --mode 0700 /vault /anchors /scratch
USER desk

EXPOSE 8000
CMD ["gunicorn", "dsar.wsgi", "--preload", "--workers", "3", "--threads", "4", "--timeout", "120", "--no-control-socket", "--logger-class", "dsar.weblog.Lines"]
