"""What the verifier is made of: claims of a sentence, evidence of a source, and how the two are matched."""
