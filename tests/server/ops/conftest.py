"""What only PostgreSQL can show is collected only there."""

import os

collect_ignore = (
    ["test_backup_postgres.py", "test_worker_postgres.py"]
    if os.environ["DATABASE_URL"].startswith("sqlite")
    else []
)
