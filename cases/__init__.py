"""Cases: from what is asked to what is carried out. `casework/workflow.py` is the table of contents."""
