"""Campaigns, sends and suppression: what a mailing system adds to people and companies."""
