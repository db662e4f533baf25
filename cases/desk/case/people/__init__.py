"""Panels about who the person is: protected or not, a child, somebody who died, one of two who share a number."""
