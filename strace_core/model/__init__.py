"""The model: load it, capture its states, run it with edges masked."""
