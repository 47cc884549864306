"""The program as it is started, every endpoint, event and action of the brief with it, and no secret anywhere."""

import signal
from pathlib import Path

from tests.support.program import program
from tests.support.secret_scan import files_of, leaks, spellings
from tests.support.tour import TOKEN, missing, tour_of, whole_tour


async def test_everything_of_the_brief_comes_live_and_no_secret_is_told_or_written(tmp_path: Path) -> None:
    said: list[str] = []
    async with program(tmp_path, APP_AUTH_TOKEN=TOKEN) as served, tour_of(served, said.append) as tour:
        await whole_tour(tour)
        assert tour.faults == [], "\n".join(said)
        assert missing(tour) == []
        assert tour.leaks(tmp_path) == []
        assert any(name.endswith("-wal") for name in files_of(tmp_path))
        served.process.send_signal(signal.SIGTERM)
        output, _ = await served.process.communicate()
        assert served.process.returncode == 0
        assert leaks({"output": output} | files_of(tmp_path), tour.secrets) == []
        assert "das-copy-trader.log" in "".join(files_of(tmp_path))


def test_the_scan_finds_a_secret_however_it_is_written(tmp_path: Path) -> None:
    secret = "a\"b\\c%d'e"
    for spelling in spellings(secret):
        (tmp_path / "file").write_bytes(b"before " + spelling + b" after")
        assert leaks(files_of(tmp_path), [secret]) == [f"file: {secret!r}"]
        assert leaks(files_of(tmp_path), ["another"]) == []
