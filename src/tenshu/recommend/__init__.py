"""What would each like?"""
