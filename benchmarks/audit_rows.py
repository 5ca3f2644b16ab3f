"""Many rows to audit, and an audit in a process of its own, timed and weighed."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

_CODE = """
import json, resource, sys, time
from pathlib import Path
from farense.datasets.auditing.audit import audit
from farense.datasets.formats.reading import read_dataset
start = time.process_time()
found = audit(read_dataset(Path(sys.argv[1])))
seconds = time.process_time() - start
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([found.readable, seconds, peak * (1 if sys.platform == "darwin" else 1024)]))
"""


def write_rows(path: Path, count: int) -> Path:
    """Questions on invented matches: half with repeated wordings, some typing slips and twins."""
    random_ = random.Random(1)
    clubs = ("Olhanense", "Belenenses", "Leixões", "Marítimo", "Boavista", "Beira-Mar")
    with path.open("w", encoding="utf-8") as stream:
        for number in range(count):
            year, club = random_.randrange(1920, 2020), random_.choice(clubs)
            asked = f"Jornada {number % 5000}: que fez o Farense com o {club} em {year}/{year + 1}?"
            if number % 50 == 0:
                asked = asked.replace("Farense", "Farnse")
            answer = (
                f"Ganhou {number % 7}-{number % 3} ao {club}, à chuva no dia {number % 28 + 1}."
            )
            row = {"prompt": asked, "completion": answer}
            stream.write(json.dumps(row, ensure_ascii=False) + "\n")
    return path


def audit_apart(path: Path) -> tuple[int, float, int]:
    """Readable rows, processor seconds and peak bytes of an audit of ``path``."""
    command = [sys.executable, "-c", _CODE, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    readable, seconds, peak_bytes = json.loads(done.stdout)
    return readable, seconds, peak_bytes
