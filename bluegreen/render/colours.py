"""How a colour is named on a terminal."""

from settings.names import Colour

_STYLE = {"blue": "bold blue", "green": "bold green"}


def in_colour(colour: Colour) -> str:
    """A colour's name in that colour; rich markup."""
    return f"[{_STYLE[colour]}]{colour}[/]"
