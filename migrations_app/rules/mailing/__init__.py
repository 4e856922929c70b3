"""What a mailing system knows of people: who may be written to, what was sent, which campaigns they were in."""
