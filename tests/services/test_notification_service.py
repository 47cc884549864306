"""What waits for a browser: order, conflation, bounds."""

from datetime import UTC, datetime

import msgspec
import pytest

from das_copy_trader.domain.enums import AlertLevel, Mode
from das_copy_trader.services.messages import Alert, AlertState, DailyRestartState, SystemState
from das_copy_trader.services.notification_service import ClientDroppedError, ClientQueue, NotificationService

NOW = datetime(2026, 1, 5, 14, 30, tzinfo=UTC)


def state(reason: str = "") -> SystemState:
    return SystemState(
        boot_id="b",
        build_id="v",
        server_time=NOW,
        mode=Mode.STOPPED,
        mode_reason=reason,
        started_at=None,
        master=None,
        followers=[],
        history_rows_waiting=0,
        daily_restart=DailyRestartState(
            trading_day=NOW.date(), next_restart_at=NOW, last_restart_at=None, last_result=""
        ),
    )


def alert(text: str) -> AlertState:
    return AlertState(1, NOW, AlertLevel.INFO, text, None)


async def texts(client: ClientQueue, count: int) -> list[str]:
    return [await client.next() for _ in range(count)]


async def test_only_the_newest_snapshot_waits_and_events_keep_their_order() -> None:
    client = ClientQueue()
    client.put_snapshot("s1")
    client.put_event("e1")
    client.put_snapshot("s2")
    client.put_event("e2")
    client.put_snapshot("s3")
    assert await texts(client, 3) == ["e1", "e2", "s3"]


async def test_a_snapshot_that_was_taken_is_not_touched_by_the_next() -> None:
    client = ClientQueue()
    client.put_snapshot("s1")
    assert await client.next() == "s1"
    client.put_snapshot("s2")
    assert await client.next() == "s2"


async def test_snapshots_alone_never_fill_a_queue() -> None:
    client = ClientQueue(limit=3)
    client.put_event("e1")
    for number in range(100):
        client.put_snapshot(f"s{number}")
    client.put_event("e2")
    assert await texts(client, 3) == ["e1", "s99", "e2"]


async def test_a_full_queue_drops_its_client() -> None:
    client = ClientQueue(limit=2)
    for number in range(3):
        client.put_event(f"e{number}")
    with pytest.raises(ClientDroppedError):
        await client.next()


async def test_events_are_numbered_without_a_gap_and_a_snapshot_carries_the_last_number() -> None:
    service = NotificationService()
    client = service.join(state())
    received = [await client.next()]
    for number in range(3):
        service.publish(lambda seq, number=number: Alert(seq, alert(f"a{number}")))  # type: ignore[misc]
    service.publish_snapshot(state("later"))
    frames = [msgspec.json.decode(text) for text in received + await texts(client, 4)]
    assert [(frame["type"], frame["seq"]) for frame in frames] == [
        ("state_update", 0),
        ("alert", 1),
        ("alert", 2),
        ("alert", 3),
        ("state_update", 3),
    ]


async def test_a_dropped_client_is_counted_and_the_others_go_on() -> None:
    service = NotificationService(queue_limit=2)
    sleeper = service.join(state())
    reader = service.join(state())
    for number in range(3):
        service.publish(lambda seq, number=number: Alert(seq, alert(f"a{number}")))  # type: ignore[misc]
        service.publish_snapshot(state())
        while not reader.is_dropped and len(await reader.next()) == 0:
            pass
    assert sleeper.is_dropped
    assert (service.client_count, service.dropped_clients) == (1, 1)
    assert not reader.is_dropped


async def test_nothing_is_encoded_for_nobody_and_the_numbers_still_grow() -> None:
    service = NotificationService()

    def fail(seq: int) -> Alert:
        raise AssertionError(f"event {seq} was made for nobody")

    service.publish(fail)
    service.publish_snapshot(state())
    assert service.seq == 1


async def test_closing_drops_everybody() -> None:
    service = NotificationService()
    client = service.join(state())
    service.close()
    with pytest.raises(ClientDroppedError):
        await client.next()
