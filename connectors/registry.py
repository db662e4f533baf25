"""From a described source to the connector that reaches it."""

import os
from collections.abc import Mapping

from connectors.contract.base import Connector
from connectors.description.apisource import HttpSource
from connectors.description.config import FilesSource, ManualSource, Source, SqlCollection, SqlSource
from connectors.description.secret import resolve
from connectors.files.connector import FilesConnector
from connectors.manual import ManualConnector
from connectors.sql.connector import SqlConnector
from connectors.web.calling.pace import Turn, own_turn
from connectors.web.connector import HttpConnector


def connect(
    source: Source,
    *,
    environ: Mapping[str, str] = os.environ,
    turn: Turn = own_turn,
    guarded: tuple[SqlCollection, ...] = (),
) -> Connector:
    """The connector of a source, its secrets looked up in `environ` and files. Nothing is contacted yet.

    `turn` keeps the pace of a source with `per_second`: processes that share one must share it. `guarded`: tables of
    the operator with rows that may have to be kept in secret.
    Raises SourceMisconfigured naming the secret that is missing.
    """
    match source:
        case SqlSource():
            hash_key = resolve(source.hash_key, environ).encode() if source.hash_key else b""
            return SqlConnector(source, resolve(source.url, environ), hash_key, guarded)
        case FilesSource():
            return FilesConnector(source, environ)
        case HttpSource():
            return HttpConnector(source, environ, turn)
        case ManualSource():
            return ManualConnector()
