"""Provider rates without a shared counter: a price per channel, and who may pass at which price."""
