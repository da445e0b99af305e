"""What a team sees of the gate on GitHub: requests as data, planned purely, sent in one place."""
