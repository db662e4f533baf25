"""Kills things at random while real workers gather, answer and erase, and compares what came out with the sources.

    python -m tests.whole_line.chaos.chaos ROUNDS SEED ROWS

A process of its own with servers of its own, so that a restarted PostgreSQL is nobody else's. In each round two new
people ask for access and erasure at once, one with ROWS rows in a database and one with 1,500, each with 800 more
behind an API; workers and beat are killed with SIGKILL or stand still for a while, PostgreSQL and Redis are restarted
and crash, Redis is emptied, connections are cut, rows locked and changed, and the API talks nonsense. Prints one line
of JSON with the counts.
"""

import json
import logging
import sys

from tests.whole_line.chaos.world import world


def main(rounds: int, seed: int, rows: int) -> None:
    with world(seed) as here:
        logging.getLogger("mail.log").setLevel(logging.WARNING)
        from tests.whole_line.chaos.rounds import Rounds  # needs the settings

        play = Rounds(here, seed, (rows, 1_500))
        try:
            for number in range(1, rounds + 1):
                play.play(number)
                print(f"round {number}: {json.dumps(play.counts())}", file=sys.stderr, flush=True)
        except BaseException:
            for log in sorted(here.folder.glob("*.log")):
                sys.stderr.write(f"--- {log.name}\n{log.read_text(errors='replace')[-6000:]}\n")
            raise
        print(json.dumps({"rounds": rounds, **play.counts()}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]))
