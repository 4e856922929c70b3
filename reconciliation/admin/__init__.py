from reconciliation.admin import duplicates, orphans, owners, questions, rules

__all__ = ["duplicates", "orphans", "owners", "questions", "rules"]
