"""What the writer is made of: the prompt, the wire to a language model, its deadline and failures, and the draft."""
