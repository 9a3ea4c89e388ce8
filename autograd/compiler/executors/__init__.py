"""What runs programs. An executor is a folder with a table of functions, one for each kind of step (`kinds.py`)."""
