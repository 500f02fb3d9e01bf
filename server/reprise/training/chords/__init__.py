"""The networks of progressions: two autoencoders and an LSTM."""
