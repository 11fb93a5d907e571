"""What a platform costs, by the catalogue's prices: pure, it asks nobody."""
