"""The old place of `microtensor.distributed.fsdp`."""
