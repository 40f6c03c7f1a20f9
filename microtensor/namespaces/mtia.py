"""What programs ask about MTIA devices: there are none."""

from __future__ import annotations

from microtensor.devices.absent import *  # noqa: F403 - the answers of every absent device
from microtensor.devices.absent import refuse

current_device = get_device_name = get_device_capability = get_device_properties = set_device = refuse
