"""Trails and alarms: what is recorded, where it is kept, whom it tells."""
