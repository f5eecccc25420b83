"""How the user answers on each channel: counts, and the smoothed probability to engage."""
