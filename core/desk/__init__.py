"""What people can do at the desk, one module per capability. The only place that changes state."""
