"""Forms check shape: is it there, is it readable, is it short enough. Rules are the stages' business."""
