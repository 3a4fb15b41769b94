"""Did it help? The account, rates and lift."""
