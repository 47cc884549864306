"""Short sale tasks, offers and the ledger over HTTP and the WebSocket's reader."""

import pytest

from das_copy_trader.api.ws_messages import (
    AcceptLocateOffer,
    CancelShortSaleTask,
    RejectLocateOffer,
    read_client_message,
)
from tests.support.face import follower_body, open_face

NOTHING = "2026-10-02-f1-1"


async def test_without_shorts_there_are_no_tasks() -> None:
    async with open_face() as face:
        for path in ("/api/short-sales/tasks", "/api/short-sales/tasks/all"):
            answer = await face.client.get(path)
            assert (answer.status_code, answer.json()) == (200, [])
        book = (await face.client.get("/api/locates")).json()
        assert (book["entries"], book["inventory"], book["total_charge"]) == ([], [], "0")


@pytest.mark.parametrize("verb", ["cancel", "offer/accept", "offer/reject"])
async def test_a_task_that_is_not_there_is_404(verb: str) -> None:
    async with open_face() as face:
        answer = await face.client.post(f"/api/short-sales/tasks/{NOTHING}/{verb}")
        assert answer.status_code == 404
        assert "There is no short sale task" in answer.json()["detail"]


async def test_locates_are_filtered_and_bad_filters_refused() -> None:
    async with open_face() as face:
        await face.client.post("/api/followers", json=follower_body(1))
        assert (await face.client.get("/api/locates?follower_id=f1&symbol=gme&day=2026-10-01")).status_code == 200
        assert (await face.client.get("/api/locates?follower_id=nobody")).status_code == 404
        assert (await face.client.get("/api/locates?symbol=a b")).status_code == 422
        assert (await face.client.get("/api/locates?day=yesterday")).status_code == 422


async def test_what_a_follower_may_spend_is_kept_and_checked() -> None:
    async with open_face() as face:
        body = follower_body(1, locate_cap_per_order="5", auto_accept_max_price=0.2, price_inquiries=False)
        made = (await face.client.post("/api/followers", json=body)).json()
        assert (made["locate_cap_per_order"], made["auto_accept_max_price"], made["price_inquiries"]) == (
            "5",
            "0.2",
            False,
        )
        assert made["locate_cap_per_day"] == "250"
        for wrong in ({"locate_cap_per_day": -1}, {"auto_accept_max_price": "NaN"}, {"locate_cap_per_order": True}):
            assert (await face.client.put("/api/followers/f1", json=wrong)).status_code == 422


def test_the_websockets_actions_are_read() -> None:
    assert isinstance(read_client_message('{"action":"cancel_short_sale_task","task_id":"x"}'), CancelShortSaleTask)
    assert isinstance(
        read_client_message('{"action":"accept_locate_offer","task_id":"x","price":"0.3"}'), AcceptLocateOffer
    )
    assert isinstance(read_client_message('{"action":"reject_locate_offer","task_id":"x"}'), RejectLocateOffer)
