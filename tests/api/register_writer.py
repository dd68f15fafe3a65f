"""Writes into a register from four threads until it is killed, and says on its output what was acknowledged."""

from __future__ import annotations

import sys
import threading

from api.register.database import Database
from api.register.errors import StaleVersionError, UnavailableError
from api.register.store import Register, Words

NAMES = {"tier": "community", "status": "open"}


def write(register: Register, thread: int) -> None:
    number = 0
    station = register.add({**NAMES, "name": f"第{thread}站"}, "writer", Words())
    while True:
        number += 1
        values = {"remarks": f"{thread}-{number}", "floor": number}
        try:
            station = register.change(
                station.station_id, values, station.version, "writer", Words()
            )
        except (StaleVersionError, UnavailableError):
            continue
        # one write a line, so that lines of threads do not mix
        sys.stdout.write(f"{station.station_id} {station.version} {thread}-{number}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    database = Database(sys.argv[1])
    database.migrate()
    for one in range(4):
        threading.Thread(target=write, args=(Register(database), one)).start()
