package attest

// SetPartSize has a part of a day be full with fewer entries.
func (a *Attestor) SetPartSize(n int) { a.partSize = n }
