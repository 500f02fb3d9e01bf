"""What a device must fulfil before it is shipped: each rule finds one kind of fault."""
