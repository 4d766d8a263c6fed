"""Every write to the data room."""

from doujia.server.data.actions.datasets import create_dataset, delete_dataset, edit_dataset, share
from doujia.server.data.actions.items import edit_item, restore_items, trash_items
from doujia.server.data.actions.rows import Row, RowsAdded, add_rows

__all__ = [
    "Row",
    "RowsAdded",
    "add_rows",
    "create_dataset",
    "delete_dataset",
    "edit_dataset",
    "edit_item",
    "restore_items",
    "share",
    "trash_items",
]
