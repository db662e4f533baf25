"""Taking rows out of a file: it is written anew without them, and put in the old one's place."""

from connectors.contract.base import SourceGarbage
from connectors.files.rowfile import RowFile
from connectors.files.storage import Storage
from connectors.files.target import Target


def rewrite(storage: Storage, name: str, file: RowFile, target: Target) -> None:
    """Erases or anonymises the targeted rows in this file. Raises SourceGarbage if the result is not right."""
    with storage.replacement(name) as part:
        expected = file.total() - (file.left(target) if target.deleting else 0)
        new = file.rewrite(target, part)
        # It is read back before it replaces anything.
        if new.total() != expected or new.left(target):
            raise SourceGarbage("rewrite-failed", "the new file does not have the rows it should")
