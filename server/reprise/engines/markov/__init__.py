"""The Markov engine: no weights, every verb, on any clip; the model answer for engine authors."""
