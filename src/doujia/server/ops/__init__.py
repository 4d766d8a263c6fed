"""Running the platform: preparing the home, supervising web and worker, backing up, restoring."""
