"""Who the user is and what they want: identifiers, attributes, preferences, consent, zone."""
