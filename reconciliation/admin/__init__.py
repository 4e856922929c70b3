from reconciliation.admin import conflicts, duplicates, orphans, owners, questions, rules

__all__ = ["conflicts", "duplicates", "orphans", "owners", "questions", "rules"]
