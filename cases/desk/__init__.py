"""The desk: what members of staff see. Views gather and call the stages' commands; they decide nothing."""
