"""What each step asks: fields with a proposal, a help line, a check, and the place where the answer goes.

They know the wizard and no screen; a screen shows them, a test fills them in.
"""
