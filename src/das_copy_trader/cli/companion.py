"""What runs beside the product in the same process, as long as it: nothing, or the demo's simulated world."""

from collections.abc import Callable

from das_copy_trader import __version__
from das_copy_trader.container import Container


class Companion:
    """The plain one: it says where the product is.

    `any_port_will_do`: when the port is taken, a free one serves as well. `logs_to_console`: whether the log also goes
    to the terminal.
    """

    any_port_will_do = False
    logs_to_console = True

    async def begin(self, container: Container, link: str, say: Callable[[str], None]) -> None:
        """The product can be reached; `link` lets a browser in."""
        say(f"DAS Copy Trader {__version__} is ready. Open {link}")

    async def end(self) -> None:
        """The product has stopped trading and is about to go."""
