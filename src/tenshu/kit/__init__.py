"""Small tools that every room uses and that know no business: clocks, money, chance, words."""
