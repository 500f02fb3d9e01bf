"""What may be written: the rules of a cell, the room they leave, and the tokens that keep them."""
