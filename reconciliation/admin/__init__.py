from reconciliation.admin import conflicts, duplicates, orphans, owners, questions, quickbooks, rules, suppression

__all__ = ["conflicts", "duplicates", "orphans", "owners", "questions", "quickbooks", "rules", "suppression"]
