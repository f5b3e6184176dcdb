"""What a mail server speaks and writes: SMTP, its log, its users, aliases and queue files."""
