"""A store for what is derived from an object, which goes when the object goes."""

from collections.abc import Hashable
from typing import Any
from weakref import WeakKeyDictionary


class OwnedValues:
    """A store of values by (owner, name). Each lives as long as its owner."""

    def __init__(self) -> None:
        self._values: WeakKeyDictionary[Any, dict[Hashable, Any]] = WeakKeyDictionary()

    def get(self, key: tuple[Any, Hashable], /) -> Any:
        """Return the value of a key, or None."""
        owner, name = key
        return self._values.get(owner, {}).get(name)

    def __setitem__(self, key: tuple[Any, Hashable], value: Any, /) -> None:
        owner, name = key
        self._values.setdefault(owner, {})[name] = value
