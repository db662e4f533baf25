"""What is wrong with the vault where it does not take or give a file: a code, and the number or name of the error."""

import errno

from botocore.exceptions import BotoCoreError, ClientError

ERRORS = (OSError, BotoCoreError, ClientError)
FULL, READ_ONLY, AWAY = "vault-full", "vault-read-only", "vault-away"
CODES = frozenset({FULL, READ_ONLY, AWAY})
# Of a disk, mounted or not. What sockets say, and that one file is missing, is nothing of the vault as a whole.
_BY_NUMBER = {
    errno.ENOSPC: FULL, errno.EDQUOT: FULL, errno.EFBIG: FULL,
    errno.EROFS: READ_ONLY, errno.EACCES: READ_ONLY, errno.EPERM: READ_ONLY,
    errno.EIO: AWAY, errno.ENODEV: AWAY, errno.ENXIO: AWAY, errno.ESTALE: AWAY, errno.ENOTDIR: AWAY, errno.EEXIST: AWAY,
}  # fmt: skip


def number(error: BaseException) -> str:
    """The name of its number, such as ENOSPC, or of its kind."""
    return errno.errorcode.get(getattr(error, "errno", None) or 0, type(error).__name__)


def fault(error: BaseException) -> tuple[str, str] | None:
    """Code and detail, such as ("vault-full", "ENOSPC"); None for what is no fault of the vault's."""
    if isinstance(error, ClientError):
        return AWAY, str(error.response.get("Error", {}).get("Code", ""))[:40]
    if isinstance(error, BotoCoreError):
        return AWAY, type(error).__name__
    if isinstance(error, OSError) and (code := _BY_NUMBER.get(error.errno or 0)):
        return code, errno.errorcode[error.errno or 0]
    return None
