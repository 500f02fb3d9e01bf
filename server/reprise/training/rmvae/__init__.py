"""The recurrent multimodal VAE, bar by bar: what it hears, what it loses, the text's ablations."""
