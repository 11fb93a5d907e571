"""Shows results on a terminal. Nothing here asks or decides anything."""
