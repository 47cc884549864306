"""Supervised tasks: every background task has an owner, a name and an end."""

import asyncio
from collections.abc import Callable, Coroutine


class TaskSupervisor:
    """Starts background tasks and keeps them referenced; ends them in the order in which they were started.

    A task that dies of an exception is told to `on_crash(name, exception)`: nothing fails in silence.
    """

    def __init__(self, on_crash: Callable[[str, BaseException], None]) -> None:
        self._on_crash = on_crash
        self._tasks: dict[asyncio.Task[None], None] = {}

    def start(self, name: str, coroutine: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run a coroutine in the background."""
        task = asyncio.get_running_loop().create_task(coroutine, name=name)
        self._tasks[task] = None
        task.add_done_callback(self._on_done)
        return task

    async def stop_all(self) -> None:
        """Cancel what runs, oldest first, and wait until each has ended. A caller that is one of them is left out."""
        for task in list(self._tasks):
            if task is not asyncio.current_task():
                task.cancel()
                await asyncio.wait([task])

    def __len__(self) -> int:
        return len(self._tasks)

    def _on_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (exception := task.exception()) is not None:
            self._on_crash(task.get_name(), exception)
