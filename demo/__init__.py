"""What makes the desk run on one machine: servers, the operators' own systems, a walk through it."""
