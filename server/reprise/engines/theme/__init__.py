"""The theme engine: a theme is stated, left, varied and brought back."""
