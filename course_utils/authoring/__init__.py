"""What makes the course: runs the lessons, compares their outputs, and writes the pages. No lesson imports it."""
