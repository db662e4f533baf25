"""What every statement needs: connection, columns, values, conditions, and faults in words."""
