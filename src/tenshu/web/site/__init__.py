"""What customers open: links in messages, and the page to stop them."""
