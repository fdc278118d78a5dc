"""What differs between two versions of the registry: cases with their reasons, distribution rows, quarantined records."""
