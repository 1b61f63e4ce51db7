"""When the garbage collector looks, and through what."""

import gc

_USUAL = gc.get_threshold()
_WHILE_LOADING = 100_000


def load() -> None:
    """Modules are about to be loaded. Nearly all that they make stays, and looking through it again and again for what
    can be freed takes a sixth of a start's time."""
    gc.set_threshold(_WHILE_LOADING)


def settle() -> None:
    """What is there now stays, and is not looked through again."""
    gc.set_threshold(*_USUAL)
    gc.collect()
    gc.freeze()
