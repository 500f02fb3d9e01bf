"""The Bach engine: hymns that go on chord by chord, by the networks of the Bach notebook."""
