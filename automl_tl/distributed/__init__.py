"""The door to Ray: everything that imports ray lives here."""
