"""What a user's whole life passes through: `tactful.engine.step.step`, and what it works on."""
