"""What register, profile and verdicts add up to: matrix, gaps, standards, time, height, indicators."""
