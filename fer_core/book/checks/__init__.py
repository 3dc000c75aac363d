"""What a book may hold, and what it must not lack."""
