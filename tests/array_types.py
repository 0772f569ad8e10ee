"""Array types are checked while tests run: jaxtyping's import hook, with a checker that looks at arrays only.

Whatever else a caller may get wrong is strace_core's to report, as a StraceError, and its tests show that it
does: a checker of every annotation would speak first, and would refuse a numpy integer for an int.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from importlib.util import cache_from_source
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

import numba
from jaxtyping import AbstractArray, _import_hook, install_import_hook

MANY_VALUES = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def install(package: str) -> None:
    """Check every function and dataclass of ``package``, which must not have been imported yet.

    The hook wraps a function before any other decorator sees it. numba cannot compile a wrapper, so it gets
    the function inside.
    """
    install_import_hook(package, f"{__name__}.{check.__name__}")
    _mark_only(package)
    numba.njit = _unwrapping(numba.njit)


def _mark_only(package: str) -> None:
    """Have the hook mark the compiled files of ``package`` alone.

    It would mark those of every module that the package imports first, and so compile all of torch and transformers
    anew.
    """
    marked = _import_hook._optimized_cache_from_source

    def compiled_file(mark: str, /, path: str, *args: Any, **options: Any) -> str:
        if package in Path(path).parts:
            return marked(mark, path, *args, **options)
        return cache_from_source(path, *args, **options)

    _import_hook._optimized_cache_from_source = compiled_file


def _unwrapping(decorator: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(decorator)
    def unwrapping(*args: Any, **options: Any) -> Any:
        if len(args) == 1 and inspect.isfunction(args[0]):
            return decorator(inspect.unwrap(args[0]), **options)
        return _unwrapping(decorator(*args, **options))

    return unwrapping


def check(function: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap ``function``: arrays passed and returned have the dtype and dimensions their annotations name."""
    signature = inspect.signature(function)
    hints = {
        name: parameter.annotation
        for name, parameter in signature.parameters.items()
        if parameter.kind not in MANY_VALUES and _names_an_array(parameter.annotation)
    }
    returned = signature.return_annotation

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        arguments = signature.bind(*args, **kwargs).arguments
        for name, hint in hints.items():
            if name in arguments and not fits(arguments[name], hint):
                raise TypeError(f"{name} does not fit {hint}")
        result = function(*args, **kwargs)
        if _names_an_array(returned) and not fits(result, returned):
            raise TypeError(f"the result does not fit {returned}")
        return result

    return checked


def fits(value: Any, hint: Any) -> bool:
    """Whether the arrays in ``value`` fit the array types in ``hint``; whatever else there is fits."""
    origin, parts = get_origin(hint), get_args(hint)
    if _is_array_type(hint):
        return isinstance(value, hint)
    if origin in (Union, UnionType):
        return any(_is_alternative(value, part) for part in parts)
    if origin is tuple and isinstance(value, tuple) and Ellipsis not in parts:
        return len(value) == len(parts) and all(map(fits, value, parts))
    if origin in (tuple, list, Sequence) and isinstance(value, Sequence):
        return all(fits(item, parts[0]) for item in value)
    if origin in (dict, Mapping) and isinstance(value, Mapping):
        return all(fits(item, parts[1]) for item in value.values())
    return True


def _is_alternative(value: Any, hint: Any) -> bool:
    """In a union the class counts too, or an array type beside ``None`` would allow anything."""
    kind = get_origin(hint) or hint
    return fits(value, hint) and (not inspect.isclass(kind) or isinstance(value, kind))


def _is_array_type(hint: Any) -> bool:
    return inspect.isclass(hint) and issubclass(hint, AbstractArray)


def _names_an_array(hint: Any) -> bool:
    return _is_array_type(hint) or any(_names_an_array(part) for part in get_args(hint))
