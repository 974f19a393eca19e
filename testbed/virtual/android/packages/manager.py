"""What is installed, and how it gets there and away (AOSP: com.android.server.pm)."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from testbed.virtual.android.packages.checking import Apk, check
from testbed.virtual.android.packages.manifest import Manifest
from testbed.virtual.android.packages.options import Options
from testbed.virtual.android.packages.refusal import Refused
from testbed.virtual.android.packages.sessions import Sessions
from testbed.virtual.android.profile import Profile
from testbed.virtual.android.storage import ROOT, Disk, UserFiles
from testbed.virtual.android.storage.places import APP_DATA, APPS
from testbed.virtual.android.storage.users import FIRST_APP_UID
from testbed.virtual.apps import Bundle

SYSTEM = {
    "android": "/system/framework/framework-res.apk",
    "com.android.inputmethod.latin": "/system/app/LatinIME/LatinIME.apk",
    "com.android.launcher3": "/system/app/Launcher3/Launcher3.apk",
    "com.android.providers.settings": "/system/app/SettingsProvider/SettingsProvider.apk",
    "com.android.settings": "/system/app/Settings/Settings.apk",
    "com.android.shell": "/system/app/Shell/Shell.apk",
    "com.android.systemui": "/system/app/SystemUI/SystemUI.apk",
}
"""Apps that the phone lists as its own and does not run."""

HOME = "com.android.launcher3/.uioverrides.QuickstepLauncher"


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """An app of the user's. `folder` is the phone's path of its code."""

    apk: Apk
    uid: int
    folder: str
    first: float
    updated: float
    granted: frozenset[str] = frozenset()

    @property
    def manifest(self) -> Manifest:
        return self.apk.manifest

    @property
    def package(self) -> str:
        return self.apk.manifest.package

    @property
    def path(self) -> str:
        return f"{self.folder}/base.apk"

    @property
    def data(self) -> str:
        return f"{APP_DATA}/{self.package}"


class PackageManager:
    """`gone` is told of a package whose processes must end before its files change."""

    def __init__(self, profile: Profile, disk: Disk, gone: Callable[[str, str], Awaitable[None]]) -> None:
        self._profile = profile
        self._disk = disk
        self._files = UserFiles(disk, ROOT)
        self._gone = gone
        self._installed: dict[str, Installed] = {}
        self._next_uid = FIRST_APP_UID + 150
        self._installing = asyncio.Lock()
        self.sessions = Sessions()

    @property
    def installed(self) -> Mapping[str, Installed]:
        return self._installed

    def find(self, package: str) -> Installed | None:
        return self._installed.get(package)

    def bundle(self, app: Installed) -> Bundle:
        """The app as a runtime takes it."""
        return Bundle(
            package=app.package,
            file=self._disk.host(app.path),
            sha256=app.apk.sha256,
            data=self._disk.host(app.data),
        )

    async def install(self, file: Path, options: Options) -> Installed:
        """Install a file of this machine, which is taken over. Raises Refused."""
        shown = f"{APPS}/vmdl{secrets.randbelow(10**9)}.tmp/base.apk"
        if self._disk.full:
            raise Refused("INSTALL_FAILED_INSUFFICIENT_STORAGE", "Failed to override installation location")
        apk = await asyncio.to_thread(check, file, shown, api=self._profile.api, abis=self._profile.abis)
        async with self._installing:
            before = self._installed.get(apk.manifest.package)
            self._check(apk, before, options)
            if before is not None:
                await self._gone(before.package, "installPackageLI")
            return self._put(file, apk, before, options)

    def _check(self, apk: Apk, before: Installed | None, options: Options) -> None:
        package = apk.manifest.package
        if package in SYSTEM:
            raise Refused("INSTALL_FAILED_UPDATE_INCOMPATIBLE", self._incompatible(package))
        if apk.manifest.test_only and not options.test:
            newer = "Failed to install test-only apk. Did you forget to add -t?"
            raise Refused("INSTALL_FAILED_TEST_ONLY", newer if self._profile.api >= 34 else "installPackageLI")
        if before is None:
            return
        if not options.replace:
            raise Refused(
                "INSTALL_FAILED_ALREADY_EXISTS", f"Attempt to re-install {package} without first uninstalling."
            )
        if before.apk.signed.fingerprint != apk.signed.fingerprint:
            raise Refused("INSTALL_FAILED_UPDATE_INCOMPATIBLE", self._incompatible(package))
        old, new = before.manifest.version_code, apk.manifest.version_code
        if new < old and not options.downgrade:
            raise Refused(
                "INSTALL_FAILED_VERSION_DOWNGRADE",
                f"Downgrade detected: Update version code {new} is older than current {old}",
            )

    def _incompatible(self, package: str) -> str:
        if self._profile.api >= 34:
            return f"Existing package {package} signatures do not match newer version; ignoring!"
        return f"Package {package} signatures do not match previously installed version; ignoring!"

    def _put(self, file: Path, apk: Apk, before: Installed | None, options: Options) -> Installed:
        now, package = time.time(), apk.manifest.package
        if apk.size > self._disk.room:
            raise Refused("INSTALL_FAILED_INSUFFICIENT_STORAGE", "Failed to override installation location")
        folder = f"{APPS}/~~{secrets.token_urlsafe(16)}==/{package}-{secrets.token_urlsafe(16)}=="
        host = self._disk.host(folder)
        host.mkdir(parents=True, mode=0o755)
        os.replace(file, host / "base.apk")
        (host / "base.apk").chmod(0o644)
        if before is not None:
            shutil.rmtree(self._disk.host(before.folder).parent, ignore_errors=True)
        else:
            self._next_uid += 1
        uid = before.uid if before is not None else self._next_uid
        asked = frozenset(apk.manifest.permissions) if options.grant else frozenset[str]()
        app = Installed(
            apk=apk,
            uid=uid,
            folder=folder,
            first=before.first if before is not None else now,
            updated=now,
            granted=asked | (before.granted if before is not None else frozenset()),
        )
        self._installed[package] = app
        self._disk.own(app.data, uid)
        self._make_data(app)
        return app

    def _make_data(self, app: Installed) -> None:
        for folder in (app.data, f"{app.data}/cache", f"{app.data}/code_cache"):
            if not self._files.exists(folder):
                self._files.make_folder(folder, 0o700)

    async def uninstall(self, package: str, *, keep: bool = False) -> bool:
        """Whether it was there. `keep`: its data stays."""
        if (app := self._installed.get(package)) is None:
            return False
        await self._gone(package, "deletePackageX")
        self._installed.pop(package, None)
        shutil.rmtree(self._disk.host(app.folder).parent, ignore_errors=True)
        if not keep:
            self._files.remove_tree(app.data)
            self._disk.disown(app.data)
        return True

    async def clear(self, package: str) -> bool:
        """Stop it and empty its data; whether it is there."""
        if (app := self._installed.get(package)) is None:
            return False
        await self._gone(package, "clear data")
        self._files.remove_tree(app.data)
        self._make_data(app)
        return True

    def grant(self, package: str, permission: str, *, granted: bool) -> str:
        """Grant or revoke; what stands against it, or ""."""
        if (app := self._installed.get(package)) is None:
            return f"java.lang.IllegalArgumentException: Unknown package: {package}"
        if permission not in app.manifest.permissions:
            return f"java.lang.SecurityException: Package {package} has not requested permission {permission}"
        changed = app.granted | {permission} if granted else app.granted - {permission}
        self._installed[package] = msgspec.structs.replace(app, granted=changed)
        return ""

    def resolve(self, action: str, uri: str, categories: Sequence[str], package: str = "") -> str:
        """PACKAGE/CLASS of the first activity whose filter matches an intent, "" for none."""
        for app in self._installed.values():
            if package and app.package != package:
                continue
            for component in app.manifest.components:
                if component.kind != "activity":
                    continue
                for each in component.filters:
                    if (
                        action in each.actions
                        and set(categories) <= set(each.categories)
                        and _takes(each.schemes, each.hosts, uri)
                    ):
                        return f"{app.package}/{component.name}"
        return ""


def _takes(schemes: Sequence[str], hosts: Sequence[str], uri: str) -> bool:
    scheme, _, rest = uri.partition(":")
    if not uri:
        return not schemes
    host = rest.removeprefix("//").partition("/")[0].partition("?")[0].partition(":")[0]
    return scheme in schemes and (not hosts or host in hosts)
