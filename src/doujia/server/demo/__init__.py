"""Demo data: one base, one client, seven people, one project that is alive."""

ACCOUNTS_FILE = "demo-accounts.json"
"""In the home: logins and passwords of the demo, for its owner alone."""
