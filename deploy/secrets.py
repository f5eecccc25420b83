"""Where the master keys are found: the environment, a file, or for the local stack one it makes."""

import os
from pathlib import Path

from connectors.crypto.master import MasterKeyError, MasterKeys
from deploy.settings import Settings

VARIABLE = "TACTFUL_MASTER_KEYS"
"""`VERSION:BASE64[,VERSION:BASE64...]`, for systems that hand secrets over in the environment."""


def master_key_path(settings: Settings) -> Path:
    """The file of the master keys: that of the settings, else the local stack's."""
    return settings.master_key_file or settings.secrets / "master-keys"


def master_keys(settings: Settings) -> MasterKeys:
    """The master keys; on the local stack they are made when there are none.

    Raises:
        MasterKeyError: there are none, or they can't be used.
    """
    text = os.environ.get(VARIABLE)
    if text:
        return MasterKeys.parse(text)
    if settings.master_key_file is not None:
        return MasterKeys.load(settings.master_key_file)
    if settings.local:
        return MasterKeys.load_or_make(master_key_path(settings))
    raise MasterKeyError(
        f"master keys: none; name their file by TACTFUL_MASTER_KEY_FILE, or give them by {VARIABLE}"
    )
