"""The model: loaded, taken into its parts, and run with its states in the open or with edges masked."""
