"""The command that runs simulated platforms: on real ports, for anyone's client."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
import typer
from typer.testing import CliRunner

from das_copy_trader.cli.simulate import simulate

MORE_OPTIONS = ("--seed", "7", "--still", "--hard-to-borrow", "whlr")
PROGRAM = "import typer; from das_copy_trader.cli.simulate import simulate; typer.run(simulate)"


def app() -> typer.Typer:
    made = typer.Typer()
    made.command()(simulate)
    return made


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize(("option", "other"), [("--port", "--control-port"), ("--control-port", "--port")])
def test_a_busy_port_gets_one_sentence(option: str, other: str) -> None:
    with taken_port() as port:
        result = CliRunner().invoke(app(), ["--accounts", "1", option, str(port), other, "0"])
    assert result.exit_code == 4
    assert one_line(result.output) == (
        f"Port {port} cannot be opened: another program uses it, or it is not allowed. Choose one with {option}."
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--switch", "nothing=1"], "There is no switch 'nothing=1'"),
        (["--switch", "order_fields=13"], "order_fields has to be 12, 15, 16 or 18."),
        (["--hard-to-borrow", "G NS"], "--hard-to-borrow: A symbol has up to 12 letters"),
        (["--port", "65534", "--accounts", "4"], "4 accounts from port 65534 on need ports above 65535"),
    ],
)
def test_bad_options_get_one_sentence(arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(app(), arguments)
    assert result.exit_code == 2
    assert one_line(result.output).startswith(sentence)


def test_it_serves_clients_and_ends_at_ctrl_c() -> None:
    program = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "--accounts", "2", "--port", "0", "--control-port", "0", *MORE_OPTIONS],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8", "COLUMNS": "100"},
    )
    guard = threading.Timer(60, program.kill)
    guard.start()
    try:
        assert program.stdout is not None
        shown: list[str] = []
        for line in program.stdout:
            shown.append(line)
            if line.startswith("Control:"):
                break
        row = next(line for line in shown if "ACCT2" in line)
        account, host, port, trader, password = [word for word in row.split() if word.isascii()]
        with socket.create_connection((host, int(port)), timeout=30) as client:
            client.sendall(f"LOGIN {trader} {password} {account} 0\r\nGET BP\r\nGET SHORTINFO WHLR\r\n".encode())
            received = b""
            while b"$SHORTINFO WHLR N 0 N 0 0 N N\r\n" not in received:
                chunk = client.recv(65_536)
                assert chunk, received
                received += chunk
        program.send_signal(signal.SIGINT)
        rest, _ = program.communicate(timeout=60)
    finally:
        guard.cancel()
        program.kill()
        program.communicate()
    assert b"#LOGIN SUCCESSED" in received
    assert b"BP 4000000.00 4000000.00" in received
    assert program.returncode == 0
    assert "Traceback" not in rest
