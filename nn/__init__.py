"""A thin neural-network layer over autograd."""
