"""Demo data: one base, one client, seven people, one project that is alive."""
