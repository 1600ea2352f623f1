package handset

import "slices"

// Lacking is what a provider documents no form of callback for. The zero value lacks nothing.
type Lacking struct {
	// Provider is what people call it.
	Provider string
	// Fields are fields of a [Reply] by their names in JSON: hideNumber, standby, product and place. Kinds are kinds of replies.
	Fields, Kinds []string
}

// Field reports whether the field of that name is lacking.
func (l Lacking) Field(name string) bool { return slices.Contains(l.Fields, name) }

// Kind reports whether replies of that kind are lacking.
func (l Lacking) Kind(name string) bool { return slices.Contains(l.Kinds, name) }

// Refuse returns a *[FieldError] if a reply has one of the fields, or is of one of the kinds, that are lacking.
func (l Lacking) Refuse(r *Reply) error {
	has := map[string]bool{
		"hideNumber": r.HideNumber,
		"standby":    r.Standby,
		"product":    r.Product != "",
		"place":      r.Place != "",
	}

	for _, name := range l.Fields {
		if has[name] {
			return &FieldError{Field: name, Problem: l.Provider + " documents no callback with it"}
		}
	}

	if l.Kind(r.Kind) {
		return &FieldError{Field: "kind", Problem: l.Provider + " documents no callback of this kind"}
	}

	return nil
}
