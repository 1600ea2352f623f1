package openapi

// Unanswered is unanswered, for tests.
func (d *Description) Unanswered() ([]string, error) { return d.unanswered() }
