"""What is Debian's or Ubuntu's own: releases, mirrors, packages and the pin to Debian testing."""
