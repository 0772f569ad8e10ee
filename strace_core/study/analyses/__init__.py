"""Analyses of a study: each takes a :class:`~strace_core.study.study.Study` and returns one tidy table.

A table holds a statistic, the ends ``low`` and ``high`` of its 95 % bootstrap interval over prompts, and ``n``, the
number of runs it rests on. Rows are ordered by model and score rule as in the study; the order of the study's rows
changes no number.

Runs of different searches are never mixed: of a study with both, an analysis takes the best-first runs. Pass
``study.only(searches=["guided"])`` to analyse the guided ones.
"""
