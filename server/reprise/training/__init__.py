"""Training and export: the extra 'train'. Serving never imports it."""
