"""What Sphinx lacks for the pages: formulas without a network, signatures of the rule book, what the compiler makes."""
