"""What differs between two versions: lines of the letter, files of the package."""

from exports.opened.comparing import Changed, ChangedFile, changed_files, changed_lines


def test_what_is_alike_is_left_out_and_the_rest_stands_in_the_letters_order() -> None:
    before = ["Hello Anna,", "You get everything.", "Kept until 2027.", "Maria Ek"]
    now = ["Hello Anna,", "You get a part.", "Maria Ek", "Write to us."]
    assert list(changed_lines(before, now)) == [
        Changed(("You get everything.", "Kept until 2027."), ("You get a part.",)),
        Changed((), ("Write to us.",)),
    ]
    assert not list(changed_lines(now, now))


def test_files_are_new_gone_or_other() -> None:
    before = [
        {"name": "letter.pdf", "sha256": "1", "rows": None},
        {"name": "data/a.csv", "sha256": "2", "rows": 3},
        {"name": "data/b.csv", "sha256": "3", "rows": 5},
    ]
    now = [
        {"name": "letter.pdf", "sha256": "1", "rows": None},
        {"name": "data/a.csv", "sha256": "4", "rows": 2},
        {"name": "data/c.csv", "sha256": "5", "rows": 1},
    ]
    assert list(changed_files(before, now)) == [
        ChangedFile("data/a.csv", "other", 3, 2),
        ChangedFile("data/b.csv", "gone", 5, None),
        ChangedFile("data/c.csv", "new", None, 1),
    ]
