"""The charts of the Findings page, one module a picture.

Each picture module has ``draw``, which takes tables of a study's analyses and returns a Drawing. ``lines``, ``scatter``
and ``parts`` hold what several pictures share.
"""
