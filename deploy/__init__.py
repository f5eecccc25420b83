"""The local stack and the deployment files."""
