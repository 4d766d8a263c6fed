"""Every write to the data room."""

from doujia.server.data.actions.datasets import (
    create_dataset,
    delete_dataset,
    edit_dataset,
    require_edit,
    share,
)
from doujia.server.data.actions.imports import (
    cancel_import,
    commit_upload,
    import_folder,
    import_urls,
    resume_import,
    roots_for,
)
from doujia.server.data.actions.items import edit_item, restore_items, trash_items
from doujia.server.data.actions.rows import Row, RowsAdded, add_rows
from doujia.server.data.actions.uploads import (
    Announced,
    announce,
    drop_upload,
    open_upload,
    receive,
)

__all__ = [
    "Announced", "Row", "RowsAdded", "add_rows", "announce", "cancel_import", "commit_upload", "create_dataset", "delete_dataset",
    "drop_upload", "edit_dataset", "edit_item", "import_folder", "import_urls", "open_upload", "receive", "restore_items",
    "require_edit", "resume_import", "roots_for", "share", "trash_items",
]  # fmt: skip
