from reconciliation.admin import duplicates, orphans, owners, questions

__all__ = ["duplicates", "orphans", "owners", "questions"]
