"""What the phone stores: a disk, and how each user of the phone sees it."""

from testbed.virtual.android.storage.disk import Disk
from testbed.virtual.android.storage.files import UserFiles
from testbed.virtual.android.storage.users import ROOT, SHELL, User, app_user

__all__ = ["ROOT", "SHELL", "Disk", "User", "UserFiles", "app_user"]
