package template

// Component is a part of a template.
type Component string

// The parts of a template. What is about all of it is of componentTemplate.
const (
	componentTemplate Component = "template"
	componentHeader   Component = "header"
	componentBody     Component = "body"
	componentFooter   Component = "footer"
	componentButton   Component = "button"
)

// Place is a placeholder of a template. Header, body and each link number or name their own.
type Place struct {
	Component Component
	// Index is that of the button, counted over all of them from 0; else that of the placeholder within its part.
	Index int
	// Name is what stands between the braces: a number or a name.
	Name string
	// Sample is what the brand put there when it had the template approved; empty if the provider does not tell it.
	Sample string
}

// Places returns the placeholders of a template, in the order of [Template.Render].
func (t Template) Places() []Place {
	var all []Place
	for i, name := range Placeholders(t.Header.Text) {
		all = append(all, Place{Component: componentHeader, Index: i, Name: name})
	}

	for i, name := range Placeholders(t.Body) {
		all = append(all, Place{Component: componentBody, Index: i, Name: name})
	}

	for i, b := range t.Buttons {
		for _, name := range Placeholders(b.URL) {
			all = append(all, Place{Component: componentButton, Index: i, Name: name})
		}
	}

	if len(t.Samples) == len(all) {
		for i, sample := range t.Samples {
			all[i].Sample = sample
		}
	}

	return all
}

// withBody returns the template with a body for so many values if its own text is not known: what the other parts leave over is the
// body's.
func (t Template) withBody(values int) Template {
	if t.Body == "" {
		t.Body = places(values - t.Count())
	}

	return t
}
