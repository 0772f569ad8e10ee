"""Array types are checked while tests run: jaxtyping's import hook, with a checker that looks at arrays only.

Whatever else a caller may get wrong is strace_core's to report, as a StraceError, and its tests show that it
does: a checker of every annotation would speak first, and would refuse a numpy integer for an int.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass
from functools import partial, wraps
from importlib.machinery import SourceFileLoader
from types import CodeType, UnionType
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from unittest.mock import patch

import jaxtyping
import numba
from jaxtyping import AbstractArray, TypeCheckError, install_import_hook, jaxtyped
from jaxtyping._import_hook import _JaxtypingLoader as _Loader
from jaxtyping._import_hook import _optimized_cache_from_source

MANY_VALUES = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
ARRAY_TYPE = type(AbstractArray)
MISSING = object()

Checked = TypeVar("Checked", bound=Callable[..., Any])


def install(package: str) -> None:
    """Check every function and dataclass of ``package``, which must not have been imported yet.

    The hook decorates a function before any other decorator sees it. numba cannot compile a wrapper, so it gets
    the function inside. The hook's own decorator, ``jaxtyped``, would wrap what names no array as well, and bind the
    arguments of every call three times, at much cost to tests. Its place is taken by ``check`` alone.
    """
    jaxtyping.jaxtyped = lambda *, typechecker: typechecker
    _Loader.exec_module = SourceFileLoader.exec_module
    _Loader.get_code = _get_code
    install_import_hook(package, f"{__name__}.{check.__name__}")
    numba.njit = _unwrapping(numba.njit)


def _get_code(loader: Any, module: str) -> CodeType | None:
    """Read a module of ``package`` from bytecode that has the checks, or make it.

    The hook's loader has that name of bytecode files while a module is run, so that torch and all else that the module
    imports would be compiled anew as well.
    """
    name = partial(_optimized_cache_from_source, loader._typechecker.get_hash())
    with patch("importlib._bootstrap_external.cache_from_source", name):
        return SourceFileLoader.get_code(loader, module)


def _unwrapping(decorator: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(decorator)
    def unwrapping(*args: Any, **options: Any) -> Any:
        if len(args) == 1 and inspect.isfunction(args[0]):
            return decorator(inspect.unwrap(args[0]), **options)
        return _unwrapping(decorator(*args, **options))

    return unwrapping


@dataclass(frozen=True)
class ArraysOf:
    """The annotations of a function that name an array: of parameters, with their place or None, and of the result."""

    parameters: tuple[tuple[int | None, str, Any], ...]
    returned: Any
    """MISSING where it names none."""


_ARRAYS: dict[int, tuple[CodeType, ArraysOf]] = {}
"""By the id of the code, kept beside: a function inside another is made, and decorated, at each call of the other.

Not by the code itself: that of two dataclasses with equal numbers of fields may be equal.
"""


def check(function: Checked) -> Checked:
    """Wrap ``function``: arrays passed and returned have the dtype and dimensions their annotations name.

    A dimension has one size in a call. Of a class, the dataclass's ``__init__`` is wrapped. What names no array stays
    as it is.
    """
    if inspect.isclass(function):
        if is_dataclass(function) and "__init__" in vars(function):
            function.__init__ = check(function.__init__)
        return function
    code = function.__code__
    if id(code) not in _ARRAYS:
        _ARRAYS[id(code)] = code, _arrays_of(function)
    _, arrays = _ARRAYS[id(code)]
    parameters, returned = arrays.parameters, arrays.returned
    if not parameters and returned is MISSING:
        return function

    @wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        with jaxtyped("context"):
            for place, name, hint in parameters:
                value = args[place] if place is not None and place < len(args) else kwargs.get(name, MISSING)
                if value is not MISSING and not fits(value, hint):
                    raise TypeCheckError(f"{function.__qualname__}: {name}, {_told(value)}, does not fit {hint}")
            result = function(*args, **kwargs)
            if returned is not MISSING and not fits(result, returned):
                raise TypeCheckError(f"{function.__qualname__}: the result, {_told(result)}, does not fit {returned}")
            return result

    return checked


def _told(value: Any) -> str:
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"{value.dtype} of shape {tuple(value.shape)}"
    return repr(value)


def _arrays_of(function: Callable[..., Any]) -> ArraysOf:
    signature = inspect.signature(function)
    parameters = []
    for place, (name, parameter) in enumerate(signature.parameters.items()):
        hint = _resolved(parameter.annotation, function)
        if parameter.kind not in MANY_VALUES and _names_an_array(hint):
            parameters.append((None if parameter.kind is parameter.KEYWORD_ONLY else place, name, hint))
    returned = _resolved(signature.return_annotation, function)
    return ArraysOf(tuple(parameters), returned if _names_an_array(returned) else MISSING)


def _resolved(annotation: Any, function: Callable[..., Any]) -> Any:
    """The annotation with the names in it looked up, where it is or holds a string."""

    def annotated(value: annotation) -> None: ...

    try:
        return get_type_hints(annotated, function.__globals__, include_extras=True)["value"]
    except (NameError, TypeError):  # of a class defined further below, or one that takes parameters in its stub alone
        return Any


def fits(value: Any, hint: Any) -> bool:
    """Whether the arrays in ``value`` fit the array types in ``hint``; whatever else there is fits."""
    if _is_array_type(hint):
        return isinstance(value, hint)
    origin, parts = get_origin(hint), get_args(hint)
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
    return isinstance(hint, ARRAY_TYPE)


def _names_an_array(hint: Any) -> bool:
    return _is_array_type(hint) or any(_names_an_array(part) for part in get_args(hint))
