"""The conversation: who may say what when, what moves it, and what breaks it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from das_copy_trader.protocol import commands as c
from das_copy_trader.protocol import messages as m
from das_copy_trader.protocol.connection import (
    BURST_BLOCKS,
    SPEAKER_BY_EVENT,
    TRANSITIONS,
    Connection,
    Event,
    Role,
    State,
    diagram,
)
from das_copy_trader.protocol.errors import LocalProtocolError, RemoteProtocolError
from das_copy_trader.protocol.render import encode_line, render_command, render_message
from das_copy_trader.protocol.vocabulary import END_LINE_BY_DUMP, HEADER_BY_DUMP, DumpKind
from tests.protocol import strategies
from tests.protocol.samples import MESSAGE_SAMPLES

LOGIN = c.Login("USER1", "PASSWORD", "ACCT1")
ACCEPTED = m.LoginAccepted()
REFUSED = m.LoginRefused("ERROR:INVALID PASSWORD")
ORDER = m.OrderRow(1, 7, "SOFI", "B", "L", 1, 1, 0, "MKT", "SMAT", "Accepted", "05:06:48")
BURST = [
    said
    for kind in (DumpKind.POSITIONS, DumpKind.ORDERS, DumpKind.TRADES)
    for said in (m.DumpBegun(kind, HEADER_BY_DUMP[kind]), m.DumpEnded(kind))
]
EXAMPLES_BY_EVENT: dict[Event, Sequence[m.Message | c.Command]] = {
    Event.LOGIN: [LOGIN],
    Event.TRADE: [c.Cancel(1), c.CancelAll(), c.LocateInquire("SOFI", 100, "LOC1")],
    Event.QUERY: [c.Echo(), c.Get("ORDERS")],
    Event.QUIT: [c.Quit()],
    Event.LOGIN_ACCEPTED: [ACCEPTED],
    Event.LOGIN_REFUSED: [REFUSED],
    Event.ROW: [ORDER],
    Event.DUMP_BEGUN: [BURST[0]],
    Event.TALK: [m.Banner("#Welcome to DAS Command API"), m.EchoReply("ECHO ON")],
}


class ConnectionPair:
    """A client and a platform joined by a wire that delivers ten bytes at a time."""

    def __init__(self, piece_bytes: int = 10) -> None:
        self.client = Connection(Role.CLIENT)
        self.server = Connection(Role.SERVER)
        self._piece_bytes = piece_bytes

    def client_says(self, *commands: c.Command) -> None:
        for command in commands:
            assert self._deliver(self.client.send(command), self.server.receive_data) == [command]
            assert self.client.state is self.server.state

    def server_says(self, *messages: m.Message) -> None:
        for message in messages:
            assert self._deliver(self.server.send(message), self.client.receive_data) == [message]
            assert self.client.state is self.server.state
            assert self.client.open_dump is self.server.open_dump

    def _deliver(
        self, line: bytes, receive: Callable[[bytes], list[m.Message] | list[c.Command]]
    ) -> list[m.Message | c.Command]:
        heard: list[m.Message | c.Command] = []
        for start in range(0, len(line), self._piece_bytes):
            heard.extend(receive(line[start : start + self._piece_bytes]))
        return heard


def pair_in(state: State) -> ConnectionPair:
    """A pair that has come to a state by itself."""
    pair = ConnectionPair()
    if state in {State.LOGIN_SENT, State.LOGIN_REFUSED, State.LOGGED_IN, State.OPEN}:
        pair.client_says(LOGIN)
    if state is State.LOGIN_REFUSED:
        pair.server_says(REFUSED)
    if state in {State.LOGGED_IN, State.OPEN}:
        pair.server_says(ACCEPTED)
    if state is State.OPEN:
        pair.server_says(*BURST)
    if state is State.CLOSED:
        pair.client_says(c.Quit())
    if state is State.ERROR:
        for connection in (pair.client, pair.server):
            with pytest.raises(RemoteProtocolError):
                connection.receive_data(b"x" * 70_000)
    assert pair.client.state is pair.server.state is state
    return pair


# --- the table ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", EXAMPLES_BY_EVENT)
def test_what_is_in_the_table_may_be_said_and_nothing_else(state: State, event: Event) -> None:
    for said in EXAMPLES_BY_EVENT[event]:
        pair = pair_in(state)
        speaker = pair.client if SPEAKER_BY_EVENT[event] is Role.CLIENT else pair.server
        before = (speaker.state, speaker.open_dump, speaker.burst_blocks_ended)
        if event in TRANSITIONS[state]:
            assert speaker.send(said)
            assert speaker.state is (TRANSITIONS[state][event] or state)
        else:
            with pytest.raises(LocalProtocolError):
                speaker.send(said)
            assert (speaker.state, speaker.open_dump, speaker.burst_blocks_ended) == before


@pytest.mark.parametrize("event", EXAMPLES_BY_EVENT)
def test_nobody_says_the_other_sides_words(event: Event) -> None:
    pair = pair_in(State.OPEN)
    listener = pair.server if SPEAKER_BY_EVENT[event] is Role.CLIENT else pair.client
    for said in EXAMPLES_BY_EVENT[event]:
        with pytest.raises(LocalProtocolError):
            listener.send(said)
        assert listener.state is State.OPEN


def test_a_command_that_cannot_be_rendered_changes_nothing() -> None:
    client = Connection(Role.CLIENT)
    with pytest.raises(LocalProtocolError):
        client.send(c.Login("USER1", "two words", "ACCT1"))
    assert client.state is State.CONNECTED


@pytest.mark.parametrize("command", [c.UnknownCommand("PING"), c.MalformedCommand("CANCEL", "CANCEL x", "no id")])
def test_what_only_a_reader_makes_is_never_sent(command: c.Command) -> None:
    with pytest.raises(LocalProtocolError):
        pair_in(State.OPEN).client.send(command)


def test_each_role_receives_its_own_kind() -> None:
    with pytest.raises(LocalProtocolError):
        Connection(Role.CLIENT).receive_commands(b"QUIT\r\n")
    with pytest.raises(LocalProtocolError):
        Connection(Role.SERVER).receive_messages(b"BP 1 1\r\n")


@pytest.mark.parametrize("state", [state for state in State if state is not State.ERROR])
def test_a_socket_that_has_gone_closes(state: State) -> None:
    client = pair_in(state).client
    client.close()
    assert client.state is State.CLOSED


def test_the_diagram_is_in_the_document() -> None:
    document = Path(__file__).parents[2] / "docs" / "PROTOCOL.md"
    assert f"```mermaid\n{diagram()}```\n" in document.read_text(encoding="utf-8")


# --- log-in and burst --------------------------------------------------------------------------------------------


def test_a_whole_conversation_comes_out_equal_ten_bytes_at_a_time() -> None:
    pair = ConnectionPair()
    pair.server_says(m.Banner("#Welcome to DAS Command API"), m.Banner("#Please login to continue."))
    pair.client_says(LOGIN)
    pair.server_says(REFUSED)
    pair.client_says(c.Get("BP"), LOGIN)
    pair.server_says(ACCEPTED, *BURST)
    assert pair.client.state is State.OPEN
    pair.client_says(c.NewOrder(7, "B", "SOFI", "SMAT", 1, c.MarketPart()))
    pair.server_says(ORDER, m.EchoReply("ECHO ON"))
    pair.client_says(c.Quit())
    assert pair.server.state is State.CLOSED


@given(
    strategies.bursts(), st.lists(strategies.account_messages() | strategies.other_messages(), max_size=8), st.data()
)
def test_every_message_crosses_the_wire(burst: list[m.Message], pushes: list[m.Message], data: st.DataObject) -> None:
    pair = ConnectionPair(piece_bytes=data.draw(st.integers(1, 40)))
    pair.client_says(LOGIN)
    pair.server_says(ACCEPTED, *burst, *pushes)
    assert pair.client.state is State.OPEN
    assert pair.client.burst_blocks_ended == pair.server.burst_blocks_ended >= BURST_BLOCKS


@given(st.lists(strategies.trading_commands() | strategies.queries(), max_size=10))
def test_every_command_crosses_the_wire(said: list[c.Command]) -> None:
    pair_in(State.OPEN).client_says(*said)


def test_the_burst_ends_with_its_third_block_and_locates_may_follow() -> None:
    pair = pair_in(State.LOGGED_IN)
    states: list[State] = []
    for said in BURST:
        pair.server_says(said)
        states.append(pair.client.state)
    assert states == [State.LOGGED_IN] * 5 + [State.OPEN]
    assert DumpKind.LOCATES not in pair.client.burst_blocks_ended
    pair.server_says(m.DumpBegun(DumpKind.LOCATES, HEADER_BY_DUMP[DumpKind.LOCATES]), m.DumpEnded(DumpKind.LOCATES))
    assert pair.client.burst_blocks_ended == set(DumpKind)


@pytest.mark.parametrize("text", ["ERROR:TOO MANY CLIENTS", "#LOGIN FAILED", "LOGIN FAILED, see the broker"])
def test_any_error_refuses_the_login_that_is_under_way(text: str) -> None:
    client = pair_in(State.LOGIN_SENT).client
    assert client.receive_data(text.encode() + b"\r\n") == [m.LoginRefused(text)]
    assert client.state is State.LOGIN_REFUSED


def test_an_acceptance_that_nobody_asked_for_breaks_the_connection() -> None:
    client = Connection(Role.CLIENT)
    assert client.receive_data(b"BP 1 1\r\n#LOGIN SUCCESSED\r\nBP 2 2\r\n") == client_reads(b"BP 1 1\r\n")
    assert client.state is State.ERROR
    for _ in range(2):
        with pytest.raises(RemoteProtocolError, match="nobody asked for"):
            client.receive_data(b"BP 3 3\r\n")
    with pytest.raises(LocalProtocolError):
        client.send(LOGIN)
    client.close()
    assert client.state is State.ERROR


def test_such_an_acceptance_alone_is_an_error_at_once() -> None:
    client = Connection(Role.CLIENT)
    with pytest.raises(RemoteProtocolError, match="nobody asked for"):
        client.receive_data(b"#LOGIN SUCCESSED\r\n")
    assert (client.role, client.state) == (Role.CLIENT, State.ERROR)


def client_reads(stream: bytes) -> list[m.Message]:
    return Connection(Role.CLIENT).receive_messages(stream)


@pytest.mark.parametrize("line", [b"#LOGIN SUCCESSED\r\n", b"ERROR:INVALID PASSWORD\r\n"])
def test_a_late_login_answer_moves_nothing(line: bytes) -> None:
    client = pair_in(State.OPEN).client
    assert len(client.receive_data(line)) == 1
    assert client.state is State.OPEN


def test_commands_that_come_too_early_are_for_the_platform_to_refuse() -> None:
    server = Connection(Role.SERVER)
    assert server.receive_data(b"CANCEL 20\r\nPING\r\n") == [c.Cancel(20), c.UnknownCommand("PING")]
    assert server.state is State.CONNECTED
    assert pair_in(State.OPEN).server.receive_data(encode_line(render_command(LOGIN))) == [LOGIN]


# --- blocks ------------------------------------------------------------------------------------------------------


def test_the_open_block_is_known_and_traps_do_not_open_one() -> None:
    client = pair_in(State.OPEN).client
    for line in (b"#OrderSending", b"#Order Replacing", b"#OrderServer:Logon:Successful", b"#Order Canceling"):
        client.receive_data(line + b"\r\n")
        assert client.open_dump is None
    client.receive_data(HEADER_BY_DUMP[DumpKind.ORDERS].encode() + b"\r\n")
    assert client.open_dump is DumpKind.ORDERS
    client.receive_data(b"#Order Replacing\r\n#POSEND\r\n")
    assert client.open_dump is DumpKind.ORDERS
    client.receive_data(END_LINE_BY_DUMP[DumpKind.ORDERS].encode() + b"\r\n")
    assert client.open_dump is None


def test_a_new_header_or_the_owner_gives_up_an_unfinished_block() -> None:
    client = pair_in(State.OPEN).client
    client.receive_data(HEADER_BY_DUMP[DumpKind.ORDERS].encode() + b"\r\n")
    client.receive_data(HEADER_BY_DUMP[DumpKind.TRADES].encode() + b"\r\n")
    assert client.open_dump is DumpKind.TRADES
    assert client.give_up_dump() is DumpKind.TRADES
    assert client.give_up_dump() is None


def test_a_platform_keeps_its_blocks_in_order() -> None:
    server = pair_in(State.OPEN).server
    with pytest.raises(LocalProtocolError):
        server.send(m.DumpEnded(DumpKind.ORDERS))
    server.send(BURST[0])
    for said in (BURST[2], m.DumpEnded(DumpKind.ORDERS)):
        with pytest.raises(LocalProtocolError):
            server.send(said)
        assert server.open_dump is DumpKind.POSITIONS


# --- streams -----------------------------------------------------------------------------------------------------

SAMPLE_STREAM = encode_line("#LOGIN SUCCESSED") + b"".join(sample.line + b"\r\n" for sample in MESSAGE_SAMPLES)


def heard_from(chunks: list[bytes], max_line_bytes: int = 65_536) -> tuple[list[m.Message], State]:
    client = Connection(Role.CLIENT, max_line_bytes)
    client.send(LOGIN)
    heard: list[m.Message] = []
    for chunk in chunks:
        try:
            heard += client.receive_messages(chunk)
        except RemoteProtocolError:
            break
        assert client.pending_bytes <= max_line_bytes
    return heard, client.state


@given(st.data())
def test_any_cut_of_the_samples_gives_the_same_messages(data: st.DataObject) -> None:
    pieces = data.draw(strategies.cuts(SAMPLE_STREAM))
    assert heard_from(pieces) == heard_from([SAMPLE_STREAM])


def test_the_samples_byte_by_byte_give_the_same_messages() -> None:
    heard, state = heard_from([bytes([byte]) for byte in SAMPLE_STREAM])
    assert (heard, state) == heard_from([SAMPLE_STREAM])
    assert state is State.OPEN
    assert len(heard) == len(MESSAGE_SAMPLES) + 3  # the acceptance in front, and three replies glued in one line


@given(st.data(), st.lists(strategies.messages(), max_size=12))
def test_any_cut_of_any_stream_gives_the_same_messages(data: st.DataObject, said: list[m.Message]) -> None:
    stream = b"".join(encode_line(render_message(message)) for message in said)
    assert heard_from(data.draw(strategies.cuts(stream)))[0] == said == heard_from([stream])[0]


@given(st.lists(st.binary(max_size=60), max_size=10))
def test_nonsense_is_survived_and_not_kept(chunks: list[bytes]) -> None:
    heard, state = heard_from(chunks, max_line_bytes=40)
    assert state in {State.LOGIN_SENT, State.LOGGED_IN, State.LOGIN_REFUSED, State.ERROR}
    assert len(heard) <= sum(map(len, chunks))


def test_lines_before_an_overlong_one_are_heard_and_then_all_is_over() -> None:
    client = pair_in(State.OPEN).client
    assert client.receive_data(b"ECHO ON\r\n" + b"x" * 70_000) == [m.EchoReply("ECHO ON")]
    assert client.state is State.ERROR
    with pytest.raises(RemoteProtocolError, match="64 KiB"):
        client.receive_data(b"ECHO ON\r\n")
    server = pair_in(State.OPEN).server
    assert server.receive_data(b"QUIT\r\n" + b"x" * 70_000) == [c.Quit()]
    assert server.state is State.ERROR
