"""Letters of blocks: what they are made of, and what is made of them."""
