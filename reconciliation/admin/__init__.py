from reconciliation.admin import conflicts, duplicates, findings, orphans, owners, questions, quickbooks, rules, suppression

__all__ = ["conflicts", "duplicates", "findings", "orphans", "owners", "questions", "quickbooks", "rules", "suppression"]
