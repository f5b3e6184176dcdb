"""What a mail program has to be told so that it sends through this server, and seeing it do so."""
