"""One driver per kind of device (translation) over transports (bytes); `open_device` picks both by URI."""
