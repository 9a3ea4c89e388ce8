"""The command `glassgrad`."""
