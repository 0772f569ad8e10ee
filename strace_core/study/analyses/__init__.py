"""What a study says: each analysis takes a :class:`~strace_core.study.study.Study` and returns one tidy table.

Every table holds a statistic, ``low`` and ``high`` of its 95 % bootstrap interval over prompts, and ``n``, the runs it
rests on. Rows go by model and score rule in the order of the study; no number depends on the order of the study's rows.

Runs of two searches are never mixed: of a study that has both an analysis takes the paper's, and of
``study.only(searches=["guided"])`` the other's.
"""
