"""Typed, validated configuration of the stacks."""

from settings.colour import ColourSettings as ColourSettings
from settings.loading import load as load
from settings.loading import load_colour as load_colour
from settings.loading import load_shared as load_shared
from settings.mistakes import Mistake as Mistake
from settings.mistakes import SettingsError as SettingsError
from settings.names import Colour as Colour
from settings.shared import SharedSettings as SharedSettings
