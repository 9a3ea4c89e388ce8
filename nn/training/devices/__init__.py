"""Training on the devices that JAX has, of one machine or of many. Nothing here imports JAX before it is used."""
