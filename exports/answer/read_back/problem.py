"""What was read back is not what may go out: in which file, in which row or on which page; never what stands there."""


class ReadBack(ValueError):
    """``kind``: `cell` (a cell is not as its verdict gives it), `rows` (a row too many or too few), `echo` (what is
    masked in a row stands in another cell of it), `said` (what is masked stands in words), `unread` (a file that cannot
    be read back). Its text is the code and what `exports.answer.stops` says it with.
    """

    def __init__(self, kind: str, file: str, number: int | str = "", row: str = "") -> None:
        super().__init__(f"read-back-{kind}: {file}||{number}|{row}")
        self.kind, self.file, self.number, self.row = kind, file, number, row
