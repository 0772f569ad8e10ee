"""Makes the two demo language models: drills, corpus, tokenizer, training, evaluation and model cards."""
