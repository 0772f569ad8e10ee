"""Values that live as long as their owner."""

import gc
import weakref

from strace_explorer.service.owned_values import OwnedValues


class Block:
    """An object to hold a weak reference to."""


def test_owned_values_go_with_their_owner() -> None:
    store = OwnedValues()
    owner, other = Block(), Block()
    store[owner, "view"] = "picture"
    assert store.get((owner, "view")) == "picture"
    assert store.get((owner, "another")) is None and store.get((other, "view")) is None
    value = Block()
    store[owner, "large"] = value
    held = weakref.ref(value)
    del owner, value
    gc.collect()
    assert held() is None
