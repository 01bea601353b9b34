"""The kiosk's browser locked to one address: its managed policy, and the words it is started with.

Keys never reach the browser on a kiosk (systemd/screen); what is said here holds whatever reaches it.
"""

from __future__ import annotations

from collections.abc import Mapping

BLOCKED = 2
"""The value of every Default…Setting of Chromium that forbids (Chrome Enterprise policy list)."""
ASKING = (
    "Popups",
    "Notifications",
    "Geolocation",
    "WebUsbGuard",
    "SerialGuard",
    "WebHidGuard",
    "WebBluetoothGuard",
    "Clipboard",
    "Sensors",
    "FileSystemReadGuard",
    "FileSystemWriteGuard",
    "LocalFonts",
    "WindowManagement",
)
OFF = (
    "PrintingEnabled",
    "AllowFileSelectionDialogs",
    "TranslateEnabled",
    "EditBookmarksEnabled",
    "BookmarkBarEnabled",
    "TaskManagerEndProcessEnabled",
    "PasswordManagerEnabled",
    "AutofillAddressEnabled",
    "AutofillCreditCardEnabled",
    "SpellcheckEnabled",
    "SearchSuggestEnabled",
    "NetworkPredictionEnabled",
    "AudioCaptureAllowed",
    "VideoCaptureAllowed",
    "ScreenCaptureAllowed",
    "MetricsReportingEnabled",
    "ShowHomeButton",
    "AllowDinosaurEasterEgg",
    "SharedClipboardEnabled",
    "BackgroundModeEnabled",
    "DefaultBrowserSettingEnabled",
)
NEVER = ("chrome://*", "file://*", "view-source:*", "data:*", "javascript:*", "devtools://*", "about:*")


def policy(address: str) -> dict[str, object]:
    """What Chromium reads as /etc/chromium/policies/managed/*.json; only `address` (scheme, host, port) may be shown.

    Cameras, microphones and devices belong to the appliance's own processes, so that the browser may ask for none.
    """
    return {
        "URLBlocklist": ["*", *NEVER, "chrome-extension://*"],
        "URLAllowlist": [address],
        "HomepageLocation": f"{address}/",
        "NewTabPageLocation": f"{address}/",
        "HomepageIsNewTabPage": False,
        "DeveloperToolsAvailability": BLOCKED,
        "IncognitoModeAvailability": 1,
        "DownloadRestrictions": 3,
        "BasicAuthOverHttpEnabled": False,
        "AuthSchemes": "",
        "BrowserSignin": 0,
        "SyncDisabled": True,
        "RestoreOnStartup": 5,
        "ExtensionInstallBlocklist": ["*"],
        "AutoplayAllowed": True,
        **{f"Default{one}Setting": BLOCKED for one in ASKING},
        **dict.fromkeys(OFF, False),
    }


def address_of(found: Mapping[str, object]) -> str:
    """The address that a policy opens; ValueError if it is none of ours."""
    match found.get("URLAllowlist"):
        case [str(address)] if address.startswith("http://"):
            return address
    raise ValueError("the policy opens no address")


def browser_line(address: str, scale: float, profile: str) -> list[str]:
    """The browser and its words; `scale` is panel pixels an inch / 96, `profile` a fresh folder in memory.

    `--kiosk`, never `--app`, which keeps a frame. Pinch is off twice: Chromium zooms by it in spite of the page's
    `touch-action`. Its own sandbox stays on.
    """
    return [
        "chromium",
        "--kiosk",
        f"--user-data-dir={profile}",
        f"--force-device-scale-factor={scale:.4f}",
        "--no-first-run",
        "--noerrdialogs",
        "--hide-crash-restore-bubble",
        "--disable-component-update",
        "--disable-background-networking",
        "--disable-sync",
        "--disable-pinch",
        "--overscroll-history-navigation=0",
        "--password-store=basic",
        "--autoplay-policy=no-user-gesture-required",
        f"{address}/",
    ]
