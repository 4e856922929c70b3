"""Papers that people get into their hands: one file a paper, written as a page, a Word document or a workbook."""
