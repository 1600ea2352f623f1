package cloud

// Compact compacts the journal at once, which a running cloud does by itself once the journal is mostly garbage.
func (c *Cloud) Compact() error { return c.compact() }
