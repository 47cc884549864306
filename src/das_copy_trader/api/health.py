"""The health page's content, from what the clients say of themselves."""

from das_copy_trader.api.answers import AccountHealth, HealthView, PacingHealth
from das_copy_trader.api.context import ApiContext
from das_copy_trader.client.rate_limits import PacingLeft
from das_copy_trader.domain.configuration import AccountConfig
from das_copy_trader.domain.enums import ConnectionState, Mode


def health_view(context: ApiContext) -> HealthView:
    """Everything that tells whether all is well."""
    system, snapshots = context.system, context.snapshots
    accounts = _accounts(context)
    is_running_well = all(account.state is ConnectionState.READY for account in accounts)
    return HealthView(
        ok=system.mode is Mode.STOPPED or (system.mode is Mode.COPYING and is_running_well),
        mode=system.mode,
        mode_reason=system.mode_reason,
        server_time=snapshots.state().server_time,
        uptime_s=round(snapshots.uptime_s, 3),
        websocket_clients=context.notifications.client_count,
        websocket_clients_dropped=context.notifications.dropped_clients,
        history_rows_waiting=snapshots.history_rows_waiting,
        daily_restart=snapshots.daily_restart(),
        accounts=accounts,
    )


def _accounts(context: ApiContext) -> list[AccountHealth]:
    configured: list[tuple[str, str, AccountConfig]] = []
    master = context.configuration.master
    if master is not None:
        configured.append(("master", "master", master.config))
    configured += [
        ("follower", stored.config.follower_id, stored.config) for stored in context.configuration.followers()
    ]
    running = {(role, id_): client.health() for role, id_, client in context.snapshots.clients()}
    accounts: list[AccountHealth] = []
    for role, id_, config in configured:
        health = running.get((role, id_))
        if health is None:
            accounts.append(_without_client(role, id_, config, context))
            continue
        accounts.append(
            AccountHealth(
                role=role,
                id=id_,
                account_id=health.account_id,
                address=health.address,
                state=health.state,
                reason=health.reason,
                since=health.since,
                attempts=health.attempts,
                reconnects=health.reconnects,
                retry_in_s=health.retry_in_s,
                last_received_age_s=health.last_received_age_s,
                round_trip_p50_ms=_milliseconds(health.echo_p50_s),
                round_trip_p95_ms=_milliseconds(health.echo_p95_s),
                orders_today=health.orders,
                foreign_rows_ignored=health.foreign_rows,
                unknown_lines=health.unreadable.unknown,
                malformed_lines=health.unreadable.malformed,
                last_lines_not_understood=health.unreadable.samples,
                pacing=_pacing(health.pacing),
            )
        )
    return accounts


def _without_client(role: str, id_: str, config: AccountConfig, context: ApiContext) -> AccountHealth:
    return AccountHealth(
        role=role,
        id=id_,
        account_id=config.account_id,
        address=f"{config.host}:{config.port}",
        state=ConnectionState.DISCONNECTED,
        reason=context.snapshots.absent_reason(id_ if role == "follower" else ""),
    )


def _milliseconds(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _pacing(left: PacingLeft | None) -> PacingHealth | None:
    if left is None:
        return None
    waiting = left.waiting_cancels + left.waiting_exits + left.waiting_replaces + left.waiting_entries
    return PacingHealth(
        orders_left=left.new_orders,
        entries_left=left.new_entries,
        cancels_left=left.cancels,
        replaces_left=left.replaces,
        waiting=waiting,
        waiting_cancels=left.waiting_cancels,
        waiting_exits=left.waiting_exits,
        waiting_replaces=left.waiting_replaces,
        waiting_entries=left.waiting_entries,
        oldest_waiting_s=None if left.oldest_waiting_s is None else round(left.oldest_waiting_s, 3),
        longest_exit_wait_s=round(left.longest_exit_wait_s, 3),
    )
