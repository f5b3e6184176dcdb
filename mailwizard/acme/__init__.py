"""The certificate: acme.sh, its DNS plugins, what it is asked for and what came of it."""
