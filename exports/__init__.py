"""Answers: from decisions to an approved letter and package in the person's hands."""
