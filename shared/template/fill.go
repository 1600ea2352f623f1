package template

import (
	"path"
	"strings"
)

// Fill returns what goes into the template's placeholders, ready for [Template.Render]. The values of variables come from resolve, one
// for each key and fit to be sent, as [Resolve] returns them; an empty key is of no variable. A text of the brand's own stands as it
// was written, as far as WhatsApp takes it. All of it fits together.
//
// Messages and previews are both made by it, so that a preview shows what is sent.
func (t Template) Fill(f Filling, resolve func(keys []string) []string) []string {
	keys := f.Variables
	if len(f.Texts) > 0 {
		keys = make([]string, max(len(f.Variables), len(f.Texts)))
		copy(keys, f.Variables)
	}

	values := resolve(keys)
	for i, text := range f.Texts {
		if keys[i] == "" && text != "" {
			values[i] = literal(text)
		}
	}

	return t.fit(keys, values)
}

// File returns the address of what a header shows and what it is called. value returns that of a text or a variable, empty if there is
// none; number is the order's, which names a file that is the shopper's own and that the brand gave no name.
func (m Media) File(value func(Value) string, number string) (link, name string) {
	// Several items may have their own invoices; a header shows one.
	link, _, _ = strings.Cut(value(m.Link), ", ")
	if m.Filename != "" || link == "" {
		return link, m.Filename
	}

	bare, _, _ := strings.Cut(link, "?")
	if m.Link.Variable == "" || number == "" {
		return link, path.Base(bare)
	}

	ext := path.Ext(bare)
	if ext == "" {
		ext = ".pdf" // the only kind that WhatsApp documents for headers
	}

	return link, number + ext
}
