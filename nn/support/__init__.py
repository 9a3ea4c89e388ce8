"""What all of nn uses: checks of what users give, arrays, files, tables of what has a name."""
