"""Where models come from. Each source is one module; :mod:`~strace_core.model.sources.resolve` lists them."""
