"""Optional compiled kernels for a CPU; without them everything runs on MLX's own operations."""
