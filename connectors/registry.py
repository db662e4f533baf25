"""From a described source to the connector that reaches it."""

import os
from collections.abc import Mapping

from connectors.apisource import HttpSource
from connectors.base import Connector
from connectors.config import FilesSource, ManualSource, Source, SqlSource
from connectors.files.connector import FilesConnector
from connectors.manual import ManualConnector
from connectors.secret import resolve
from connectors.sql.connector import SqlConnector
from connectors.web.connector import HttpConnector
from connectors.web.pace import Turn, own_turn


def connect(source: Source, *, environ: Mapping[str, str] = os.environ, turn: Turn = own_turn) -> Connector:
    """The connector of a source, its secrets looked up in `environ` and files. Nothing is contacted yet.

    `turn` keeps the pace of a source with `per_second`: processes that share one must share it.
    Raises SourceMisconfigured naming the secret that is missing.
    """
    match source:
        case SqlSource():
            hash_key = resolve(source.hash_key, environ).encode() if source.hash_key else b""
            return SqlConnector(source, resolve(source.url, environ), hash_key)
        case FilesSource():
            return FilesConnector(source, environ)
        case HttpSource():
            return HttpConnector(source, environ, turn)
        case ManualSource():
            return ManualConnector()
