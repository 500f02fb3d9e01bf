"""The bar-by-bar engine: voices of a hymn from the bars before, by the multimodal autoencoder."""
