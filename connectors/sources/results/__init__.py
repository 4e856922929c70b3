"""Results CRM, by its exports."""
