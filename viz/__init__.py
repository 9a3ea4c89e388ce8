"""Pictures of the graph, and plots of training."""
