"""Which records are to be published, and how they are written down for those who publish them."""
