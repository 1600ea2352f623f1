package template

// Fallback returns what is shown for a variable without a value.
var Fallback = fallback

// Fit has values fit together, as Fill does.
func (t Template) Fit(keys, values []string) []string { return t.fit(keys, values) }
