"""The public Maven repository."""

CENTRAL = "https://repo1.maven.org/maven2"
