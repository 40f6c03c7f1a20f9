"""What programs ask about MTIA devices: there are none."""

from __future__ import annotations

from .devices.absent import *
from .devices.absent import refuse

current_device = get_device_name = get_device_capability = get_device_properties = set_device = refuse
