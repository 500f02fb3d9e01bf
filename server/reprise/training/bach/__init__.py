"""The chord-by-chord networks of Bach's chorales."""
